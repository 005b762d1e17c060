#include "sample.h"

#include <cstring>

#include "arena.h"

namespace windlass {
namespace {

// Reads words of fibers; remembers the fiber it read last.
class StackReader {
 public:
  explicit StackReader(const FiberList &fibers) : fibers_(fibers) {}

  bool has(uint64_t address, size_t bytes) {
    if (address % sizeof(uint64_t) != 0) return false;
    if (address >= range_.low && address < range_.high && range_.high - address >= bytes) return true;
    const FiberRange found = fibers_.find(address, bytes);
    if (found.high == 0) return false;
    range_ = found;
    return true;
  }

  static uint64_t read(uint64_t address) { return *reinterpret_cast<const uint64_t *>(address); }

 private:
  const FiberList &fibers_;
  FiberRange range_ = {0, 0};
};

// Where the return address of the innermost function is while its frame is not on the rbp chain: an offset from rsp, -1
// when the frame is there. A jump table's entry runs before the frame is made. Everywhere else it is recognized by the
// instruction at pc, so it holds for both tiers and for stubs: `push rbp` and `mov rbp, rsp` begin every frame, `ret` follows
// its end. In the middle of code these bytes mean nothing else: rbp is never allocated.
int frameGap(uint64_t pc) {
  constexpr size_t longest = 4;
  // Never read: it may be protected.
  if (isJumpTable(pc)) return 0;
  if (!isArenaCode(pc + longest - 1) || isPollPage(pc + longest - 1)) return -1;
  const auto *code = reinterpret_cast<const uint8_t *>(pc);
  constexpr uint8_t pushRbp = 0x55;
  constexpr uint8_t ret = 0xc3;
  constexpr uint8_t retPopping = 0xc2;
  constexpr uint8_t movRbpRsp[2][3] = {{0x48, 0x89, 0xe5}, {0x48, 0x8b, 0xec}};
  if (code[0] == pushRbp || code[0] == ret || code[0] == retPopping) return 0;
  const bool setsFrame = memcmp(code, movRbpRsp[0], 3) == 0 || memcmp(code, movRbpRsp[1], 3) == 0;
  if (setsFrame && isArenaCode(pc - 1) && code[-1] == pushRbp) return sizeof(uint64_t);
  return -1;
}

}  // namespace

size_t takeSample(const SampleRegisters &registers, const ExecContext &context, const FiberList &fibers, uint32_t depth,
                  uint64_t *record) {
  StackReader stack(fibers);
  uint64_t *const addresses = record + sampleHeadWords;
  uint32_t count = 0;
  uint64_t entryBase = context.entryBase;
  const bool running = context.running != 0 && stack.has(registers.sp, sizeof(uint64_t));
  SampleState state = SampleState::host;
  uint64_t fp = context.fp;
  uint64_t vmctx = context.vmctx;
  if (running) {
    state = SampleState::routine;
    fp = registers.fp;
    if (isArenaCode(registers.pc)) {
      state = SampleState::guest;
      vmctx = registers.vmctx;
      addresses[count++] = registers.pc;
      const int gap = frameGap(registers.pc);
      if (gap >= 0 && count < depth && stack.has(registers.sp + gap, sizeof(uint64_t))) {
        const uint64_t back = StackReader::read(registers.sp + gap);
        if (isArenaCode(back)) addresses[count++] = back;
      }
    }
  } else if (entryBase == 0) {
    state = SampleState::outside;
    fp = 0;
  }

  // Every turn writes an address, so a damaged chain ends at the depth.
  while (fp != 0 && count < depth && stack.has(fp, 3 * sizeof(uint64_t))) {
    if (fp == entryBase) {
      addresses[count++] = 0;
      entryBase = StackReader::read(fp + offsetof(EntryFrame, callerEntryBase));
    } else {
      const uint64_t back = StackReader::read(fp + sizeof(uint64_t));
      // Every caller on the chain is compiled code, entry stubs (which have no frame of their own) included.
      if (!isArenaCode(back)) break;
      addresses[count++] = back;
    }
    fp = StackReader::read(fp);
  }

  const bool outside = state == SampleState::outside;
  const uint64_t flags = count == depth && fp != 0 ? sampleTruncated : 0;
  record[0] = (sampleHeadWords + count) | static_cast<uint64_t>(state) << 32 |
              static_cast<uint64_t>(context.reason & 0xff) << 40 | flags << 48;
  record[3] = (outside ? context.activityDetail : context.operand) | static_cast<uint64_t>(context.activity) << 32;
  record[4] = vmctx;
  return sampleHeadWords + count;
}

}  // namespace windlass
