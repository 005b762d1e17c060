#include "plain_code.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

PlainFile mapCode(const char *path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat status = {};
  PlainFile mapped;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    mapped.bytes = static_cast<size_t>(status.st_size);
    void *at = mmap(nullptr, mapped.bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (at != MAP_FAILED) mapped.at = reinterpret_cast<uintptr_t>(at);
  }
  close(file);
  return mapped;
}

}  // namespace

PlainCode::~PlainCode() {
  for (const auto &block : blocks_) {
    removeBlock(block.get());
    munmap(reinterpret_cast<void *>(block->at), block->bytes);
  }
}

PlainFile PlainCode::map(const char *path, const uint8_t *head, size_t headBytes) {
  const PlainFile file = mapCode(path);
  if (file.at == 0) return {};
  void *const at = reinterpret_cast<void *>(file.at);
  const size_t table = pageSize();
  const bool fits = file.bytes > table && headBytes <= table && memcmp(at, head, headBytes) == 0;
  if (!fits || mprotect(at, table, PROT_READ | PROT_WRITE) != 0) {
    munmap(at, file.bytes);
    return {};
  }
  blocks_.push_back(std::make_unique<PlainBlock>(PlainBlock{file.at, file.bytes, file.at + table, threadBlocks}));
  threadBlocks = blocks_.back().get();
  return file;
}

const PlainBlock *plainBlockOf(uintptr_t address) {
  const PlainBlock *block = threadBlocks;
  while (block != nullptr && address - block->at >= block->bytes) block = block->next;
  return block;
}

PlainScope::PlainScope(PlainBlock *block) : block_(block) {
  block->next = threadBlocks;
  threadBlocks = block;
}

PlainScope::~PlainScope() { removeBlock(block_); }

uintptr_t plainExit(uintptr_t pc) {
  const PlainBlock *block = plainBlockOf(pc);
  return block == nullptr ? 0 : block->exit;
}

}  // namespace windlass
