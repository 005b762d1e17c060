#include "plain_code.h"

#include <sys/mman.h>

#include <cstring>

#include "memory.h"

namespace windlass {

PlainCode::~PlainCode() {
  for (const Block &block : blocks_) munmap(block.at, block.bytes);
}

uintptr_t PlainCode::load(const uint8_t *code, size_t bytes, const uint32_t *words, size_t wordCount) {
  const size_t size = roundUp(bytes, pageSize());
  void *at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return 0;
  memcpy(at, code, bytes);
  for (size_t i = 0; i < wordCount; i++) {
    auto *word = reinterpret_cast<uint64_t *>(static_cast<char *>(at) + words[i]);
    *word += reinterpret_cast<uintptr_t>(at);
  }
  if (mprotect(at, size, PROT_READ | PROT_EXEC) != 0) {
    munmap(at, size);
    return 0;
  }
  blocks_.push_back({at, size});
  return reinterpret_cast<uintptr_t>(at);
}

}  // namespace windlass
