// BLAKE2b (RFC 7693), unkeyed, of bytes in memory. Here and not from node:crypto because that takes 5 ms to load, as long as
// everything else that a short run does.
#pragma once

#include <cstddef>
#include <cstdint>

namespace windlass {

constexpr size_t blake2bBytes = 64;

void blake2b(const uint8_t *data, size_t bytes, uint8_t digest[blake2bBytes]);

}  // namespace windlass
