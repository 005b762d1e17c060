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

// Does microcode keep jumps at 32-byte boundaries out of the cache of decoded instructions? ("Mitigations for Jump Conditional
// Code Erratum", Intel 2019, table 1: the models of Skylake and its successors up to Comet Lake.)
bool hasJumpErratum() {
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  if (__get_cpuid(0, &a, &b, &c, &d) == 0 || b != signature_INTEL_ebx) return false;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || ((a >> 8) & 15) != 6) return false;
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

// Leaf and bit numbers: Intel SDM volume 2, CPUID; LZCNT is AMD's "ABM" bit.
CpuFeatures detectCpuFeatures() {
  CpuFeatures features = {};
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return features;
  features.sse41 = bit(c, 19);
  features.popcnt = bit(c, 23);
  const bool ymm = bit(c, 27) && savesYmm();
  features.avx = ymm && bit(c, 28);
  features.fma = features.avx && bit(c, 12);
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
    features.bmi1 = bit(b, 3);
    features.bmi2 = bit(b, 8);
    features.avx2 = features.avx && bit(b, 5);
  }
  if (__get_cpuid(0x80000001, &a, &b, &c, &d) != 0) features.lzcnt = bit(c, 5);
  features.jumpErratum = hasJumpErratum();
  // The kernel has to allow it in user space, and says so in HWCAP2 bit 1.
  features.fsgsbase = bit(static_cast<uint32_t>(getauxval(AT_HWCAP2)), 1);
  return features;
}

}  // namespace windlass
