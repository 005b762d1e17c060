#include "cpu.h"

#include <cpuid.h>
#include <sys/auxv.h>

#include <cstdint>

namespace windlass {
namespace {

bool bit(uint32_t word, int index) { return ((word >> index) & 1) != 0; }

// Does the system save the ymm registers? (XCR0 bits 1 and 2; asking needs OSXSAVE)
bool savesYmm() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

struct Leaf {
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
};

// One instruction each: where a hypervisor answers, it takes 10 us. (`__get_cpuid` asks twice.)
Leaf leafOf(uint32_t number) {
  Leaf leaf;
  __cpuid_count(number, 0, leaf.a, leaf.b, leaf.c, leaf.d);
  return leaf;
}

// Does microcode keep jumps at 32-byte boundaries out of the cache of decoded instructions? ("Mitigations for Jump Conditional
// Code Erratum", Intel 2019, table 1: the models of Skylake and its successors up to Comet Lake.)
bool hasJumpErratum(const Leaf &vendor, const Leaf &model) {
  const uint32_t a = model.a;
  if (vendor.b != signature_INTEL_ebx || ((a >> 8) & 15) != 6) return false;
  switch (((a >> 4) & 15) | ((a >> 12) & 0xf0)) {
    case 0x4e:
    case 0x5e:
    case 0x55:
    case 0x8e:
    case 0x9e:
    case 0xa5:
    case 0xa6:
    case 0xae:
      return true;
    default:
      return false;
  }
}

}  // namespace

// Leaf and bit numbers: Intel SDM volume 2, CPUID; LZCNT is AMD's "ABM" bit. Every x86-64 processor has leaves 0, 1 and 0x80000001.
CpuFeatures detectCpuFeatures() {
  CpuFeatures features = {};
  const Leaf first = leafOf(0);
  const Leaf basic = leafOf(1);
  features.sse41 = bit(basic.c, 19);
  features.popcnt = bit(basic.c, 23);
  const bool ymm = bit(basic.c, 27) && savesYmm();
  features.avx = ymm && bit(basic.c, 28);
  features.fma = features.avx && bit(basic.c, 12);
  if (first.a >= 7) {
    const Leaf extended = leafOf(7);
    features.bmi1 = bit(extended.b, 3);
    features.bmi2 = bit(extended.b, 8);
    features.avx2 = features.avx && bit(extended.b, 5);
  }
  features.lzcnt = bit(leafOf(0x80000001).c, 5);
  features.jumpErratum = hasJumpErratum(first, basic);
  // The kernel has to allow it in user space, and says so in HWCAP2 bit 1.
  features.fsgsbase = bit(static_cast<uint32_t>(getauxval(AT_HWCAP2)), 1);
  return features;
}

}  // namespace windlass
