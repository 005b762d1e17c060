// Code arenas: one memory file mapped twice, readable and executable at one address, readable and writable at another,
// so that no address is ever both. Compiled code loads from the poll page of its arena at loop headers; behind that page lie
// the jump tables through which all calls go. Taking away the access to both makes the thread that runs the code fault
// at its next loop header or call, and neither costs anything before.
//
// Arenas belong to the process, not to an environment: workers compile into and run code of one arena, so they are
// counted references. The signal handler looks arenas up without locks: slots are atomics, filled base last and emptied base
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

  // Bytes before the poll page.
  uint64_t code;

  uintptr_t poll() const;
  // Where jump tables may lie, up to the arena's end.
  uintptr_t jumps() const;
};

// Makes an arena of `bytes` (rounded up to whole pages, at least one more than there are for jumps) with one reference. The
// last `jumpBytes` (rounded up to whole pages) are for jump tables. Only the thread of the execution context `owner` runs its code.
// False: errno says why (EMFILE also when all slots are taken).
bool createArena(uint64_t bytes, uint64_t jumpBytes, uintptr_t owner, Arena *out);
// Takes another reference; false when no arena has this id.
bool retainArena(int id, Arena *out);
void releaseArena(int id);

// From now on the first `bytes` of the jump tables' space are protected together with the poll page; the number never
// shrinks. A table in use outside of them is not polled. False: errno says why (EINVAL: there is no such arena, or not so much space).
bool useJumps(int id, uint64_t bytes);

// Takes away or gives back the access to the poll pages and jump tables of all arenas of an owner, those made later included.
void protectPollPages(uintptr_t owner, bool armed);
// Takes the access away from a signal handler that interrupted code of an arena. False when another thread has the lock: then nothing
// is done.
bool tryArmPollPages(uintptr_t owner);

// --- for the signal handler: async-signal-safe ---

// Is the address in the executable mapping of an arena?
bool isArenaCode(uintptr_t address);
// Is the address in an arena's poll page?
bool isPollPage(uintptr_t address);
// Is the address in the space of an arena's jump tables?
bool isJumpTable(uintptr_t address);
// Where the jump (`jmp rel32`) at an address in a jump table leads, also while the tables are protected. The caller runs code of
// that arena, so it stays.
uintptr_t jumpTarget(uintptr_t address);

}  // namespace windlass
