// Code arenas: the two mappings, reference counts, the lock-free registry, poll pages.
#include <pthread.h>

#include <atomic>

#include "../src/arena.h"
#include "../src/memory.h"
#include "check.h"

using namespace windlass;

// A context that nothing runs on: only its address counts.
static constexpr uintptr_t owner = 4096;

TEST(arenas_lie_at_multiples_of_their_size) {
  for (const uint64_t bytes : {uint64_t{1} << 16, uint64_t{5} << 16, uint64_t{512} << 20}) {
    Arena arenas[3];
    for (Arena &arena : arenas) {
      CHECK(createArena(bytes, 4096, owner, &arena));
      uint64_t align = 4096;
      while (align < arena.bytes) align *= 2;
      CHECK(arena.exec % align == 0);
      reinterpret_cast<uint8_t *>(arena.write)[0] = 0xc3;
      CHECK(reinterpret_cast<const uint8_t *>(arena.exec)[0] == 0xc3);
    }
    for (const Arena &arena : arenas) releaseArena(arena.id);
  }
}

TEST(arena_shows_the_same_bytes_twice) {
  Arena arena;
  CHECK(createArena(100000, 0, owner, &arena));
  CHECK(arena.exec != arena.write && arena.bytes >= 100000);
  reinterpret_cast<uint8_t *>(arena.write)[77] = 5;
  CHECK(reinterpret_cast<const uint8_t *>(arena.exec)[77] == 5);
  releaseArena(arena.id);
}

TEST(arena_lives_until_its_last_reference) {
  Arena arena;
  CHECK(createArena(1, 0, owner, &arena));
  CHECK(arena.bytes == 2 * pageSize());
  Arena again;
  CHECK(retainArena(arena.id, &again));
  CHECK(again.exec == arena.exec && again.write == arena.write);
  releaseArena(arena.id);
  CHECK(isArenaCode(arena.exec));
  releaseArena(arena.id);
  CHECK(!isArenaCode(arena.exec));
  CHECK(!retainArena(arena.id, &again));
  CHECK(!retainArena(-1, &again));
  CHECK(!retainArena(maxArenas, &again));
}

TEST(arena_registry_knows_code_and_poll_page) {
  Arena a;
  Arena b;
  CHECK(createArena(1 << 16, 0, owner, &a));
  CHECK(createArena(1 << 20, 0, owner, &b));
  CHECK(isArenaCode(a.exec) && isArenaCode(b.exec + b.bytes - 1));
  CHECK(!isArenaCode(a.write) && !isArenaCode(0));
  CHECK(isPollPage(a.poll()) && isPollPage(b.poll() + pageSize() - 1));
  CHECK(!isPollPage(a.poll() - 1));
  releaseArena(a.id);
  releaseArena(b.id);
}

TEST(arenas_run_out_and_come_back) {
  std::vector<Arena> all;
  Arena arena;
  while (createArena(1, 0, owner, &arena)) all.push_back(arena);
  CHECK(all.size() == maxArenas);
  for (const Arena &one : all) releaseArena(one.id);
  CHECK(createArena(1, 0, owner, &arena));
  CHECK(arena.id == 0);
  releaseArena(arena.id);
}

TEST(poll_pages_are_armed_and_disarmed) {
  Arena before;
  Arena later;
  CHECK(createArena(1, 0, owner, &before));
  protectPollPages(owner, true);
  CHECK(createArena(1, 0, owner, &later));
  // Somebody else's is left alone.
  Arena foreign;
  CHECK(createArena(1, 0, owner + 8, &foreign));
  CHECK(*reinterpret_cast<const volatile uint8_t *>(foreign.poll()) == 0);
  releaseArena(foreign.id);
  protectPollPages(owner, false);
  CHECK(*reinterpret_cast<const volatile uint8_t *>(before.poll()) == 0);
  CHECK(*reinterpret_cast<const volatile uint8_t *>(later.poll()) == 0);
  releaseArena(before.id);
  releaseArena(later.id);
}

TEST(jump_tables_are_protected_with_the_poll_page_and_still_lead_somewhere) {
  Arena arena;
  CHECK(createArena(1 << 16, 2 * pageSize(), owner, &arena));
  CHECK(arena.jumps() == arena.poll() + pageSize() && arena.jumps() + 2 * pageSize() == arena.exec + arena.bytes);
  CHECK(isJumpTable(arena.jumps()) && !isJumpTable(arena.poll()) && !isJumpTable(arena.exec) && !isJumpTable(1));
  CHECK(useJumps(arena.id, 8) && !useJumps(arena.id, 2 * pageSize() + 1) && !useJumps(maxArenas, 8));
  const uintptr_t at = arena.jumps() + 16;
  auto *entry = reinterpret_cast<uint64_t *>(arena.write + (at - arena.exec));
  protectPollPages(owner, true);
  CHECK(useJumps(arena.id, pageSize() + 8));
  *entry = 0xe9 | 0x1234 << 8;
  CHECK(jumpTarget(at) == at + 5 + 0x1234);
  *entry = 0xe9 | static_cast<uint64_t>(static_cast<uint32_t>(-100)) << 8;
  CHECK(jumpTarget(at) == at + 5 - 100);
  protectPollPages(owner, false);
  CHECK(*reinterpret_cast<const volatile uint8_t *>(at) == 0xe9);
  CHECK(*reinterpret_cast<const volatile uint8_t *>(arena.bytes + arena.exec - 1) == 0);
  releaseArena(arena.id);
}

namespace {
std::atomic<bool> stop{false};

void *lookUp(void *data) {
  auto *own = static_cast<Arena *>(data);
  bool always = true;
  while (!stop.load()) always = always && isArenaCode(own->exec + 100) && !isArenaCode(1);
  return always ? data : nullptr;
}
}  // namespace

TEST(arena_registry_is_read_while_others_come_and_go) {
  Arena own;
  CHECK(createArena(1 << 16, 0, owner, &own));
  pthread_t thread;
  CHECK(pthread_create(&thread, nullptr, lookUp, &own) == 0);
  for (int i = 0; i < 2000; i++) {
    Arena other;
    CHECK(createArena(1, 0, owner, &other));
    releaseArena(other.id);
  }
  stop.store(true);
  void *result = nullptr;
  pthread_join(thread, &result);
  CHECK(result != nullptr);
  releaseArena(own.id);
}
