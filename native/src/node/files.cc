// What Node cannot do with files.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../memory.h"
#include "arguments.h"
#include "exports.h"

namespace windlass {
namespace {

// Sets times of an open file, or of what is at a path (links are not followed), to the nanosecond. Returns an errno, 0 when it was done.
napi_value setTimes(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  Elements<int64_t> words;
  if (!args.elements(1, "times", &words)) return nullptr;
  if (words.length != 4) {
    throwTypeError(env, "times has to be seconds and nanoseconds, twice");
    return nullptr;
  }
  const timespec times[2] = {{words.data[0], words.data[1]}, {words.data[2], words.data[3]}};
  int file = -1;
  char path[PATH_MAX];
  size_t pathLength = 0;
  int result = 0;
  if (napi_get_value_int32(env, args[0], &file) == napi_ok) {
    result = futimens(file, times);
  } else if (napi_get_value_string_utf8(env, args[0], path, sizeof path, &pathLength) != napi_ok) {
    throwTypeError(env, "file has to be a number or a path");
    return nullptr;
  } else if (pathLength == sizeof path - 1) {
    return makeNumber(env, ENAMETOOLONG);
  } else {
    result = utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
  }
  return makeNumber(env, result == 0 ? 0 : errno);
}

// Maps a page of a file executable, and leaves it so: how perf learns of a jitdump file.
napi_value markFile(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t file = 0;
  if (!args.integer(0, "file", &file)) return nullptr;
  if (mmap(nullptr, pageSize(), PROT_READ | PROT_EXEC, MAP_PRIVATE, static_cast<int>(file), 0) == MAP_FAILED) {
    throwReserveError(env, "an executable page of the file", pageSize(), errno);
  }
  return nullptr;
}

}  // namespace

void exportFiles(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"setTimes", setTimes},
    {"markFile", markFile},
  });
}

}  // namespace windlass
