#include "plain_code.h"

#include <sys/mman.h>

#include <cstring>

#include "memory.h"

namespace windlass {
namespace {

// Changed only while the thread runs none of this code, so the handler never finds it half changed.
__thread PlainBlock *threadBlocks __attribute__((tls_model("initial-exec"))) = nullptr;

void removeBlock(const PlainBlock *block) {
  PlainBlock **link = &threadBlocks;
  while (*link != nullptr && *link != block) link = &(*link)->next;
  if (*link == block) *link = block->next;
}

}  // namespace

PlainCode::~PlainCode() {
  for (const auto &block : blocks_) {
    removeBlock(block.get());
    munmap(reinterpret_cast<void *>(block->at), block->bytes);
  }
}

uintptr_t PlainCode::load(const uint8_t *code, size_t bytes, const uint32_t *words, size_t wordCount, size_t exit) {
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
  const uintptr_t base = reinterpret_cast<uintptr_t>(at);
  blocks_.push_back(std::make_unique<PlainBlock>(PlainBlock{base, size, base + exit, threadBlocks}));
  threadBlocks = blocks_.back().get();
  return base;
}

uintptr_t plainExit(uintptr_t pc) {
  for (const PlainBlock *block = threadBlocks; block != nullptr; block = block->next) {
    if (pc - block->at < block->bytes) return block->exit;
  }
  return 0;
}

}  // namespace windlass
