#include "debug_objects.h"

#include <pthread.h>

#include <cstdlib>
#include <cstring>

// Names and layouts are gdb's, which finds them by name in every library that is loaded.
extern "C" {

struct jit_code_entry {
  jit_code_entry *next_entry;
  jit_code_entry *prev_entry;
  const char *symfile_addr;
  uint64_t symfile_size;
};

enum jit_actions_t : uint32_t { JIT_NOACTION = 0, JIT_REGISTER_FN = 1, JIT_UNREGISTER_FN = 2 };

struct jit_descriptor {
  uint32_t version;
  uint32_t action_flag;
  jit_code_entry *relevant_entry;
  jit_code_entry *first_entry;
};

__attribute__((visibility("default"))) jit_descriptor __jit_debug_descriptor = {1, JIT_NOACTION, nullptr, nullptr};

__attribute__((visibility("default"), noinline, used)) void __jit_debug_register_code() {
  // Not optimized away, and nothing in it is moved out of it.
  asm volatile("" ::: "memory");
}

}  // extern "C"

namespace windlass {
namespace {

struct Entry {
  jit_code_entry link;  // first: debuggers see these
  uint64_t id;
  // The object follows.
};

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
uint64_t lastId = 0;

// The mutex is held.
void tell(jit_actions_t action, jit_code_entry *entry) {
  __jit_debug_descriptor.relevant_entry = entry;
  __jit_debug_descriptor.action_flag = action;
  __jit_debug_register_code();
  __jit_debug_descriptor.action_flag = JIT_NOACTION;
  __jit_debug_descriptor.relevant_entry = nullptr;
}

}  // namespace

uint64_t registerDebugObject(const void *object, size_t bytes) {
  auto *entry = static_cast<Entry *>(malloc(sizeof(Entry) + bytes));
  if (entry == nullptr) return 0;
  char *copy = reinterpret_cast<char *>(entry + 1);
  memcpy(copy, object, bytes);
  pthread_mutex_lock(&mutex);
  entry->id = ++lastId;
  entry->link = {__jit_debug_descriptor.first_entry, nullptr, copy, bytes};
  if (entry->link.next_entry != nullptr) entry->link.next_entry->prev_entry = &entry->link;
  __jit_debug_descriptor.first_entry = &entry->link;
  tell(JIT_REGISTER_FN, &entry->link);
  pthread_mutex_unlock(&mutex);
  return entry->id;
}

void unregisterDebugObject(uint64_t id) {
  pthread_mutex_lock(&mutex);
  jit_code_entry *link = __jit_debug_descriptor.first_entry;
  while (link != nullptr && reinterpret_cast<Entry *>(link)->id != id) link = link->next_entry;
  if (link != nullptr) {
    if (link->prev_entry != nullptr) link->prev_entry->next_entry = link->next_entry;
    else __jit_debug_descriptor.first_entry = link->next_entry;
    if (link->next_entry != nullptr) link->next_entry->prev_entry = link->prev_entry;
    tell(JIT_UNREGISTER_FN, link);
    free(link);
  }
  pthread_mutex_unlock(&mutex);
}

}  // namespace windlass
