// What the processor can do, by the names of Native.features.
#pragma once

namespace windlass {

struct CpuFeatures {
  bool sse41;
  bool popcnt;
  bool lzcnt;
  bool bmi1;
  bool bmi2;
  bool avx;
  bool avx2;
  bool fma;
  bool fsgsbase;
  bool jumpErratum;
};

CpuFeatures detectCpuFeatures();

}  // namespace windlass
