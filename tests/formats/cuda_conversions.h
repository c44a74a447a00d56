// The host functions of NVIDIA's cuda_fp8.h, cuda_fp6.h and cuda_fp4.h under the names of our formats and modes.
#pragma once

#if __has_include(<cuda_fp8.h>) && __has_include(<cuda_fp6.h>) && __has_include(<cuda_fp4.h>)
#define OCTAVO_HAS_CUDA_HEADERS 1
#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

#include "formats/rounding.h"
#include "formats/spec.h"

namespace octavo::formats::tests {

inline __nv_saturation_t cuda_overflow(Overflow overflow) {
  return overflow == Overflow::saturate ? __NV_SATFINITE : __NV_NOSAT;
}
inline __nv_fp8_interpretation_t cuda_fp8(const Spec& spec) { return spec == e4m3 ? __NV_E4M3 : __NV_E5M2; }
inline cudaRoundMode cuda_rounding(Rounding rounding) {
  return rounding == Rounding::nearest_even ? cudaRoundNearest
         : rounding == Rounding::up         ? cudaRoundPosInf
                                            : cudaRoundZero;
}

/// E2M3, E3M2 and E2M1, always saturating.
inline std::uint32_t cuda_small(const Spec& spec, Rounding rounding, float x) {
  if (spec == e2m1) return __nv_cvt_float_to_fp4(x, __NV_E2M1, cuda_rounding(rounding));
  return __nv_cvt_float_to_fp6(x, spec == e2m3 ? __NV_E2M3 : __NV_E3M2, cuda_rounding(rounding));
}

}  // namespace octavo::formats::tests
#endif
