// Files, where Node cannot do it, or only by functions of its own that it compiles at their first use, which takes longer than a short run has.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <string>

#include "../memory.h"
#include "arguments.h"
#include "exports.h"

// Declared by newer headers only, or for newer versions of Node-API than we ask for; absent in Node before 20.4.
extern "C" __attribute__((weak)) napi_status node_api_create_external_string_latin1(
    napi_env env, char *text, size_t length, napi_finalize finalize, void *hint, napi_value *result, bool *copied);

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

struct Mapping {
  void *address = nullptr;
  size_t bytes = 0;
};

// Maps a file for reading; nothing where there is none to map. What is mapped shares the system's pages: reading the file would
// take new ones, each of which costs a fault.
Mapping map(const char *path, int flags) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat status = {};
  Mapping mapping;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    mapping.bytes = static_cast<size_t>(status.st_size);
    mapping.address = mmap(nullptr, mapping.bytes, PROT_READ, MAP_PRIVATE | flags, file, 0);
  }
  close(file);
  if (mapping.address == nullptr || mapping.address == MAP_FAILED) return {};
  return mapping;
}

void unmap(napi_env, void *address, void *bytes) { munmap(address, reinterpret_cast<uintptr_t>(bytes)); }

// A file's bytes, to be read once from end to end. Undefined when it cannot be mapped.
napi_value mapFile(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  char path[PATH_MAX];
  if (!args.path(0, "path", &path)) return nullptr;
  const Mapping file = map(path, MAP_POPULATE);
  if (file.address == nullptr) return nullptr;
  napi_value buffer = nullptr;
  void *const bytes = reinterpret_cast<void *>(file.bytes);
  if (napi_create_external_arraybuffer(env, file.address, file.bytes, unmap, bytes, &buffer) == napi_ok) return buffer;
  unmap(env, file.address, bytes);
  return nullptr;
}

// A module's greatest size is less.
constexpr off_t maxReadBytes = off_t{1} << 31;

// All bytes of a file; undefined where it cannot be read, or is none with a size (a pipe).
napi_value readFile(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  char path[PATH_MAX];
  if (!args.path(0, "path", &path)) return nullptr;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat status = {};
  napi_value buffer = nullptr;
  void *bytes = nullptr;
  bool isWhole = false;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 && status.st_size <= maxReadBytes &&
      napi_create_arraybuffer(env, static_cast<size_t>(status.st_size), &bytes, &buffer) == napi_ok) {
    // What is read in parts (it may be, from 2 GiB on or where a signal comes) is left to Node.
    isWhole = read(file, bytes, static_cast<size_t>(status.st_size)) == status.st_size;
  }
  close(file);
  return isWhole ? buffer : nullptr;
}

// Mode of an open file (st_mode); 0, which is none, when it is not open.
napi_value fileMode(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t file = 0;
  struct stat status = {};
  if (!args.integer(0, "file", &file)) return nullptr;
  return makeNumber(env, fstat(static_cast<int>(file), &status) == 0 ? status.st_mode : 0);
}

// Writes a part of an array to an open file, at a position or where it stands. Gives how many bytes were written; undefined when it failed.
napi_value writeFile(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t file = 0;
  Elements<uint8_t> bytes;
  uint64_t from = 0;
  uint64_t length = 0;
  uint64_t position = 0;
  if (!args.integer(0, "file", &file) || !args.elements(1, "bytes", &bytes) || !args.integer(2, "from", &from) ||
      !args.integer(3, "length", &length)) {
    return nullptr;
  }
  if (from > bytes.length || length > bytes.length - from) {
    throwRangeError(env, "from and length have to name a part of bytes");
    return nullptr;
  }
  napi_valuetype type = napi_undefined;
  napi_typeof(env, args[4], &type);
  const bool isPlaced = type == napi_number;
  if (isPlaced && !args.integer(4, "position", &position)) return nullptr;
  const int fd = static_cast<int>(file);
  const ssize_t count = isPlaced ? pwrite(fd, bytes.data + from, length, static_cast<off_t>(position))
                                 : write(fd, bytes.data + from, length);
  return count < 0 ? nullptr : makeNumber(env, static_cast<uint64_t>(count));
}

// When a file was changed last, in milliseconds since 1970; undefined when there is none.
napi_value changedAt(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  char path[PATH_MAX];
  struct stat status = {};
  if (!args.path(0, "path", &path) || stat(path, &status) != 0) return nullptr;
  napi_value result = nullptr;
  const timespec &time = status.st_mtim;
  napi_create_double(env, static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6, &result);
  return result;
}

// The texts that were mapped, for all threads and until the process ends: V8 may look into one as long as anything of it is there.
Mapping mapOnce(const char *path) {
  static std::mutex lock;
  static auto *const texts = new std::map<std::string, Mapping>;
  const std::lock_guard<std::mutex> guard(lock);
  Mapping &text = (*texts)[path];
  if (text.address == nullptr) text = map(path, 0);
  return text;
}

// A file of ASCII as a string whose characters are the mapping's: what nobody looks at costs nothing. Undefined when that cannot
// be had, for one in a Node before 20.4.
napi_value mapText(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  char path[PATH_MAX];
  if (!args.path(0, "path", &path) || node_api_create_external_string_latin1 == nullptr) return nullptr;
  const Mapping text = mapOnce(path);
  if (text.address == nullptr) return nullptr;
  napi_value string = nullptr;
  auto *const characters = static_cast<char *>(text.address);
  node_api_create_external_string_latin1(env, characters, text.bytes, nullptr, nullptr, &string, nullptr);
  return string;
}

}  // namespace

void exportFiles(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"setTimes", setTimes},
    {"markFile", markFile},
    {"mapFile", mapFile},
    {"readFile", readFile},
    {"fileMode", fileMode},
    {"writeFile", writeFile},
    {"changedAt", changedAt},
    {"mapText", mapText},
  });
}

}  // namespace windlass
