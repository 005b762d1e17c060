#include "arena.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "memory.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace windlass {
namespace {

struct Slot {
  // Arenas that it has had. Together with `exec` it tells a reader whether what it read is of one arena.
  std::atomic<uint64_t> generation{0};
  // 0: empty. Published last, cleared first.
  std::atomic<uintptr_t> exec{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> code{0};
  std::atomic<uintptr_t> write{0};
  // The rest belongs to the holder of `mutex`.
  uint64_t jumpsUsed = 0;
  uintptr_t owner = 0;
  int references = 0;

  uintptr_t poll() const { return exec.load(std::memory_order_relaxed) + code.load(std::memory_order_relaxed); }
};

// Static storage without destructors: threads may still run compiled code while the process exits.
Slot slots[maxArenas];
// One past the highest slot ever used: what the signal handler has to look at.
std::atomic<int> slotsUsed{0};
std::mutex mutex;

// Owners whose poll pages are armed: few at any time. `mutex` is held. Never destroyed, like the slots. With room from the first
// arena on, so that a handler that asks for a poll (sample_handler.cc) need not allocate.
std::vector<uintptr_t> &armedOwners() {
  static auto *owners = [] {
    auto *made = new std::vector<uintptr_t>();
    made->reserve(maxArenas);
    return made;
  }();
  return *owners;
}

bool isArmed(uintptr_t owner) {
  const auto &owners = armedOwners();
  return std::find(owners.begin(), owners.end(), owner) != owners.end();
}

// Where vm.memfd_noexec forbids executable memory files by default, MFD_EXEC asks for one; older kernels refuse the flag.
int createMemoryFile() {
  int file = memfd_create("windlass-code", MFD_CLOEXEC | MFD_EXEC);
  if (file < 0 && errno == EINVAL) file = memfd_create("windlass-code", MFD_CLOEXEC);
  return file;
}

// Maps the file executable, at a multiple of its size (rounded up to a power of two) where there is room for that: then addresses in an
// arena differ in the bits that their offsets differ in, in every process. Processors choose places in their tables of branches by many bits
// of an address: with a base that is random in all of them, the kernel `ackermann` took a fifth longer in one process of seven, as if a call
// and the jump that it leads to had met in one place.
void *mapExecutable(uint64_t bytes, int file) {
  constexpr int flags = MAP_SHARED | MAP_NORESERVE;
  uint64_t align = pageSize();
  while (align < bytes) align *= 2;
  void *room = mmap(nullptr, bytes + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return mmap(nullptr, bytes, PROT_READ | PROT_EXEC, flags, file, 0);
  const auto low = reinterpret_cast<uintptr_t>(room);
  const uintptr_t at = roundUp(low, align);
  if (at > low) munmap(room, at - low);
  if (low + align > at) munmap(reinterpret_cast<void *>(at + bytes), low + align - at);
  void *code = mmap(reinterpret_cast<void *>(at), bytes, PROT_READ | PROT_EXEC, flags | MAP_FIXED, file, 0);
  if (code == MAP_FAILED) munmap(reinterpret_cast<void *>(at), bytes);
  return code;
}

bool mapTwice(uint64_t bytes, uintptr_t *exec, uintptr_t *write) {
  const int file = createMemoryFile();
  if (file < 0) return false;
  void *rx = MAP_FAILED;
  void *rw = MAP_FAILED;
  if (ftruncate(file, static_cast<off_t>(bytes)) == 0) {
    rx = mapExecutable(bytes, file);
    rw = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  }
  const int error = errno;
  close(file);
  if (rx != MAP_FAILED && rw != MAP_FAILED) {
    *exec = reinterpret_cast<uintptr_t>(rx);
    *write = reinterpret_cast<uintptr_t>(rw);
    return true;
  }
  if (rx != MAP_FAILED) munmap(rx, bytes);
  if (rw != MAP_FAILED) munmap(rw, bytes);
  errno = error;
  return false;
}

bool protect(uintptr_t poll, uint64_t jumpsUsed, bool armed) {
  return mprotect(reinterpret_cast<void *>(poll), pageSize() + jumpsUsed, armed ? PROT_NONE : PROT_READ | PROT_EXEC) == 0;
}

Arena describe(int id) {
  return {slots[id].exec.load(std::memory_order_relaxed), slots[id].write.load(std::memory_order_relaxed),
          slots[id].bytes.load(std::memory_order_relaxed), id, slots[id].code.load(std::memory_order_relaxed)};
}

// `mutex` is held.
void setArmed(uintptr_t owner, bool armed) {
  if (armed == isArmed(owner)) return;
  auto &owners = armedOwners();
  if (armed) {
    owners.push_back(owner);
  } else {
    owners.erase(std::remove(owners.begin(), owners.end(), owner), owners.end());
  }
  for (int id = 0; id < slotsUsed.load(std::memory_order_relaxed); id++) {
    if (slots[id].references == 0 || slots[id].owner != owner) continue;
    // Fails only for want of kernel memory to split the mapping. Nobody could do anything about it here: an interrupt
    // is then late, or a poll slow, until the next call.
    protect(slots[id].poll(), slots[id].jumpsUsed, armed);
  }
}

// Finds the arena with an address in its executable mapping. Async-signal-safe, and without the lock: a slot may be emptied and
// filled again meanwhile, but what is found is one arena that it had, never the half of one and the half of another.
bool findArena(uintptr_t address, Arena *out) {
  const int used = slotsUsed.load(std::memory_order_acquire);
  for (int id = 0; id < used; id++) {
    const Slot &slot = slots[id];
    const uint64_t generation = slot.generation.load(std::memory_order_acquire);
    const uintptr_t exec = slot.exec.load(std::memory_order_acquire);
    const uint64_t bytes = slot.bytes.load(std::memory_order_acquire);
    if (exec == 0 || address - exec >= bytes) continue;
    *out = {exec, slot.write.load(std::memory_order_acquire), bytes, id, slot.code.load(std::memory_order_acquire)};
    if (slot.generation.load(std::memory_order_relaxed) == generation) return true;
  }
  return false;
}

}  // namespace

uintptr_t Arena::poll() const { return exec + code; }

uintptr_t Arena::jumps() const { return exec + code + pageSize(); }

bool createArena(uint64_t bytes, uint64_t jumpBytes, uintptr_t owner, Arena *out) {
  const uint64_t jumps = roundUp(jumpBytes, pageSize());
  const uint64_t size = roundUp(std::max<uint64_t>(bytes, jumps + 2 * pageSize()), pageSize());
  const uint64_t code = size - jumps - pageSize();
  uintptr_t exec = 0;
  uintptr_t write = 0;
  if (!mapTwice(size, &exec, &write)) return false;

  std::lock_guard<std::mutex> lock(mutex);
  int id = 0;
  while (id < maxArenas && slots[id].references > 0) id++;
  if (id == maxArenas || (isArmed(owner) && !protect(exec + code, 0, true))) {
    munmap(reinterpret_cast<void *>(exec), size);
    munmap(reinterpret_cast<void *>(write), size);
    if (id == maxArenas) errno = EMFILE;
    return false;
  }
  Slot &slot = slots[id];
  slot.references = 1;
  slot.jumpsUsed = 0;
  slot.owner = owner;
  slot.write.store(write, std::memory_order_release);
  slot.bytes.store(size, std::memory_order_release);
  slot.code.store(code, std::memory_order_release);
  slot.exec.store(exec, std::memory_order_release);
  if (id >= slotsUsed.load(std::memory_order_relaxed)) slotsUsed.store(id + 1, std::memory_order_release);
  *out = describe(id);
  return true;
}

bool retainArena(int id, Arena *out) {
  std::lock_guard<std::mutex> lock(mutex);
  if (id < 0 || id >= maxArenas || slots[id].references == 0) return false;
  slots[id].references++;
  *out = describe(id);
  return true;
}

void releaseArena(int id) {
  std::lock_guard<std::mutex> lock(mutex);
  Slot &slot = slots[id];
  if (--slot.references > 0) return;
  const uintptr_t exec = slot.exec.exchange(0, std::memory_order_acq_rel);
  slot.generation.fetch_add(1, std::memory_order_acq_rel);
  const uint64_t bytes = slot.bytes.load(std::memory_order_relaxed);
  munmap(reinterpret_cast<void *>(exec), bytes);
  munmap(reinterpret_cast<void *>(slot.write.load(std::memory_order_relaxed)), bytes);
}

bool useJumps(int id, uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  errno = EINVAL;
  if (id < 0 || id >= maxArenas || slots[id].references == 0) return false;
  Slot &slot = slots[id];
  const uint64_t space = slot.bytes.load(std::memory_order_relaxed) - slot.code.load(std::memory_order_relaxed) - pageSize();
  const uint64_t used = roundUp(bytes, pageSize());
  if (used > space) return false;
  if (used <= slot.jumpsUsed) return true;
  if (isArmed(slot.owner) && !protect(slot.poll(), used, true)) return false;
  slot.jumpsUsed = used;
  return true;
}

void protectPollPages(uintptr_t owner, bool armed) {
  std::lock_guard<std::mutex> lock(mutex);
  setArmed(owner, armed);
}

bool tryArmPollPages(uintptr_t owner) {
  const std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  if (lock) setArmed(owner, true);
  return lock.owns_lock();
}

bool isArenaCode(uintptr_t address) {
  Arena arena;
  return findArena(address, &arena);
}

bool isPollPage(uintptr_t address) {
  Arena arena;
  return findArena(address, &arena) && address - arena.poll() < pageSize();
}

bool isJumpTable(uintptr_t address) {
  Arena arena;
  return findArena(address, &arena) && address >= arena.jumps();
}

uintptr_t jumpTarget(uintptr_t address) {
  constexpr int opcodeBits = 8;
  constexpr uintptr_t jumpLength = 5;
  Arena arena;
  if (!findArena(address, &arena)) return address;
  const auto *entry = reinterpret_cast<const uint64_t *>(arena.write + (address - arena.exec));
  const auto distance = static_cast<int32_t>(__atomic_load_n(entry, __ATOMIC_RELAXED) >> opcodeBits);
  return address + jumpLength + static_cast<intptr_t>(distance);
}

}  // namespace windlass
