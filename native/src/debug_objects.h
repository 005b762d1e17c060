// Code made at run time, told to native debuggers by gdb's interface for just-in-time compilers: a list of object files in
// memory, and a function at which a debugger that looks on has a breakpoint. What is in the objects is the caller's business.
#pragma once

#include <cstddef>
#include <cstdint>

namespace windlass {

// Copies an object file and tells debuggers. Returns an id, 0 without memory.
uint64_t registerDebugObject(const void *object, size_t bytes);
// Takes one back; what is not there is ignored.
void unregisterDebugObject(uint64_t id);

}  // namespace windlass
