#include "arena.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "memory.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace windlass {
namespace {

struct Slot {
  // 0: empty. Published last, cleared first.
  std::atomic<uintptr_t> exec{0};
  std::atomic<uint64_t> bytes{0};
  // The rest belongs to the holder of `mutex`.
  uintptr_t write = 0;
  int references = 0;
};

// Static storage without destructors: threads may still run compiled code while the process exits.
Slot slots[maxArenas];
// One past the highest slot ever used: what the signal handler has to look at.
std::atomic<int> slotsUsed{0};
std::mutex mutex;
bool pollPagesArmed = false;

// Where vm.memfd_noexec forbids executable memory files by default, MFD_EXEC asks for one; older kernels refuse the flag.
int createMemoryFile() {
  int file = memfd_create("windlass-code", MFD_CLOEXEC | MFD_EXEC);
  if (file < 0 && errno == EINVAL) file = memfd_create("windlass-code", MFD_CLOEXEC);
  return file;
}

bool mapTwice(uint64_t bytes, uintptr_t *exec, uintptr_t *write) {
  const int file = createMemoryFile();
  if (file < 0) return false;
  void *rx = MAP_FAILED;
  void *rw = MAP_FAILED;
  if (ftruncate(file, static_cast<off_t>(bytes)) == 0) {
    rx = mmap(nullptr, bytes, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE, file, 0);
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

uintptr_t pollPageOf(uintptr_t exec, uint64_t bytes) { return exec + bytes - pageSize(); }

bool protectPollPage(uintptr_t exec, uint64_t bytes, bool armed) {
  return mprotect(reinterpret_cast<void *>(pollPageOf(exec, bytes)), pageSize(),
                  armed ? PROT_NONE : PROT_READ | PROT_EXEC) == 0;
}

Arena describe(int id) {
  return {slots[id].exec.load(std::memory_order_relaxed), slots[id].write,
          slots[id].bytes.load(std::memory_order_relaxed), id};
}

}  // namespace

uintptr_t Arena::poll() const { return pollPageOf(exec, bytes); }

bool createArena(uint64_t bytes, Arena *out) {
  const uint64_t size = roundUp(std::max<uint64_t>(bytes, 2 * pageSize()), pageSize());
  uintptr_t exec = 0;
  uintptr_t write = 0;
  if (!mapTwice(size, &exec, &write)) return false;

  std::lock_guard<std::mutex> lock(mutex);
  int id = 0;
  while (id < maxArenas && slots[id].references > 0) id++;
  if (id == maxArenas || (pollPagesArmed && !protectPollPage(exec, size, true))) {
    munmap(reinterpret_cast<void *>(exec), size);
    munmap(reinterpret_cast<void *>(write), size);
    if (id == maxArenas) errno = EMFILE;
    return false;
  }
  Slot &slot = slots[id];
  slot.references = 1;
  slot.write = write;
  slot.bytes.store(size, std::memory_order_relaxed);
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
  const uint64_t bytes = slot.bytes.load(std::memory_order_relaxed);
  munmap(reinterpret_cast<void *>(exec), bytes);
  munmap(reinterpret_cast<void *>(slot.write), bytes);
}

void protectPollPages(bool armed) {
  std::lock_guard<std::mutex> lock(mutex);
  pollPagesArmed = armed;
  for (int id = 0; id < slotsUsed.load(std::memory_order_relaxed); id++) {
    if (slots[id].references == 0) continue;
    // Fails only for want of kernel memory to split the mapping. Nobody could do anything about it here: an interrupt
    // is then late, or a poll slow, until the next call.
    protectPollPage(slots[id].exec.load(std::memory_order_relaxed), slots[id].bytes.load(std::memory_order_relaxed),
                    armed);
  }
}

bool isArenaCode(uintptr_t address) {
  const int used = slotsUsed.load(std::memory_order_acquire);
  for (int id = 0; id < used; id++) {
    const uintptr_t exec = slots[id].exec.load(std::memory_order_acquire);
    if (exec != 0 && address - exec < slots[id].bytes.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

bool isPollPage(uintptr_t address) {
  const int used = slotsUsed.load(std::memory_order_acquire);
  for (int id = 0; id < used; id++) {
    const uintptr_t exec = slots[id].exec.load(std::memory_order_acquire);
    if (exec == 0) continue;
    if (address - pollPageOf(exec, slots[id].bytes.load(std::memory_order_relaxed)) < pageSize()) return true;
  }
  return false;
}

}  // namespace windlass
