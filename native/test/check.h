// A minimal test harness: CHECK counts and reports, TEST registers. The tests run without Node and without generated
// code, under ASan and UBSan (`npm run test:sanitize`).
#pragma once

#include <cstdio>
#include <vector>

namespace check {

struct Test {
  const char *name;
  void (*run)();
};

inline std::vector<Test> &tests() {
  static std::vector<Test> all;
  return all;
}

inline int failures = 0;

struct Register {
  Register(const char *name, void (*run)()) { tests().push_back({name, run}); }
};

inline void expect(bool holds, const char *what, const char *file, int line) {
  if (holds) return;
  failures++;
  std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
}

}  // namespace check

#define CHECK(condition) check::expect((condition), #condition, __FILE__, __LINE__)
#define TEST(name)                                        \
  static void name();                                     \
  static const check::Register register_##name(#name, name); \
  static void name()
