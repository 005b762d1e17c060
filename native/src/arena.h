// Code arenas: one memory file mapped twice, readable and executable at one address, readable and writable at another,
// so that no address is ever both. The last page of an arena is its poll page: compiled code loads from it at loop
// headers, and taking away its access makes every thread in compiled code fault at its next poll.
//
// Arenas belong to the process, not to an environment: workers compile into and run code of one arena, so they are
// counted references. The signal handler asks `find` without locks: slots are atomics, filled base last and emptied base
// first, and an arena's mapping lives as long as a thread that runs code in it holds a reference.
#pragma once

#include <cstddef>
#include <cstdint>

namespace windlass {

// Every engine has one; more than this many at once is a leak of somebody's.
constexpr int maxArenas = 256;
// rip-relative operands reach 2 GiB; half of it leaves the tiers room for offsets.
constexpr uint64_t maxArenaBytes = 1ull << 30;

struct Arena {
  uintptr_t exec;
  uintptr_t write;
  uint64_t bytes;
  int id;

  uintptr_t poll() const;
};

// Makes an arena of `bytes` (rounded up to whole pages, at least two) with one reference. False: errno says why
// (EMFILE also when all slots are taken).
bool createArena(uint64_t bytes, Arena *out);
// Takes another reference; false when no arena has this id.
bool retainArena(int id, Arena *out);
void releaseArena(int id);

// Takes away or gives back the access to the poll pages of all arenas, those made later included.
void protectPollPages(bool armed);

// --- for the signal handler: async-signal-safe ---

// Is the address in the executable mapping of an arena?
bool isArenaCode(uintptr_t address);
// Is the address in an arena's poll page?
bool isPollPage(uintptr_t address);

}  // namespace windlass
