// Conversions between FP8 and f32 or f16 by the cvt instructions, one value of a pair at a time.
#include "cuda/digest.h"
#include "cuda/kernels/kernels.h"

namespace octavo::cuda::OCTAVO_SM {
namespace {

constexpr int kThreads = 256;

#define OCTAVO_NARROW_F32(name, type)                                                   \
  __device__ std::uint16_t name(float high, float low) {                                \
    std::uint16_t pair;                                                                 \
    asm("cvt.rn.satfinite" type ".f32 %0, %1, %2;" : "=h"(pair) : "f"(high), "f"(low)); \
    return pair;                                                                        \
  }
OCTAVO_NARROW_F32(narrow_e4m3, ".e4m3x2")
OCTAVO_NARROW_F32(narrow_e5m2, ".e5m2x2")
OCTAVO_NARROW_F32(narrow_relu_e4m3, ".relu.e4m3x2")
OCTAVO_NARROW_F32(narrow_relu_e5m2, ".relu.e5m2x2")

#define OCTAVO_NARROW_F16(name, type)                                              \
  __device__ std::uint16_t name(std::uint32_t pair_of_f16) {                       \
    std::uint16_t pair;                                                            \
    asm("cvt.rn.satfinite" type ".f16x2 %0, %1;" : "=h"(pair) : "r"(pair_of_f16)); \
    return pair;                                                                   \
  }
OCTAVO_NARROW_F16(narrow_f16_e4m3, ".e4m3x2")
OCTAVO_NARROW_F16(narrow_f16_e5m2, ".e5m2x2")
OCTAVO_NARROW_F16(narrow_f16_relu_e4m3, ".relu.e4m3x2")
OCTAVO_NARROW_F16(narrow_f16_relu_e5m2, ".relu.e5m2x2")

#define OCTAVO_WIDEN(name, type)                                         \
  __device__ std::uint32_t name(std::uint16_t pair) {                    \
    std::uint32_t pair_of_f16;                                           \
    asm("cvt.rn.f16x2" type " %0, %1;" : "=r"(pair_of_f16) : "h"(pair)); \
    return pair_of_f16;                                                  \
  }
OCTAVO_WIDEN(widen_e4m3, ".e4m3x2")
OCTAVO_WIDEN(widen_e5m2, ".e5m2x2")
OCTAVO_WIDEN(widen_relu_e4m3, ".relu.e4m3x2")
OCTAVO_WIDEN(widen_relu_e5m2, ".relu.e5m2x2")

__device__ std::uint32_t converted(const Conversion& conversion, std::uint32_t high, std::uint32_t low) {
  const bool e4m3 = conversion.format == Fp8::e4m3;
  switch (conversion.kind) {
    case Conversion::Kind::from_f32: {
      const float h = __uint_as_float(high);
      const float l = __uint_as_float(low);
      if (conversion.relu) return e4m3 ? narrow_relu_e4m3(h, l) : narrow_relu_e5m2(h, l);
      return e4m3 ? narrow_e4m3(h, l) : narrow_e5m2(h, l);
    }
    case Conversion::Kind::from_f16: {
      const std::uint32_t pair = high << 16 | (low & 0xFFFFu);
      if (conversion.relu) return e4m3 ? narrow_f16_relu_e4m3(pair) : narrow_f16_relu_e5m2(pair);
      return e4m3 ? narrow_f16_e4m3(pair) : narrow_f16_e5m2(pair);
    }
    case Conversion::Kind::to_f16: {
      const auto pair = static_cast<std::uint16_t>((high & 0xFFu) << 8 | (low & 0xFFu));
      if (conversion.relu) return e4m3 ? widen_relu_e4m3(pair) : widen_relu_e5m2(pair);
      return e4m3 ? widen_e4m3(pair) : widen_e5m2(pair);
    }
  }
  return 0;
}

/// The half of the pair that `value` takes beside `partner`, as bits in the low end.
__device__ std::uint32_t one_of_pair(const Conversion& conversion, std::uint32_t value, std::uint32_t partner) {
  const std::uint32_t pair =
      conversion.high_lane ? converted(conversion, value, partner) : converted(conversion, partner, value);
  const int bits = conversion.kind == Conversion::Kind::to_f16 ? 16 : 8;
  return pair >> (conversion.high_lane ? bits : 0) & ((1u << bits) - 1u);
}

__global__ void convert_kernel(Conversion conversion, const std::uint32_t* in, std::uint32_t* out, std::int64_t count) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i < count) out[i] = one_of_pair(conversion, in[i], in[i + 1 < count ? i + 1 : 0]);
}

/// A thread each for the 65,536 numbers with one upper half, ascending, since a digest is a chain.
__global__ void digest_kernel(Conversion conversion, const std::uint32_t* uppers, std::uint32_t* out,
                              std::int64_t count) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= count) return;
  const std::uint32_t upper = uppers[i] << 16;
  std::uint32_t digest = kDigestOfNothing;
  for (std::uint32_t low = 0; low < 65536; ++low)
    digest = digest_with(
        digest, static_cast<std::uint8_t>(one_of_pair(conversion, upper | low, upper | ((low + 1) & 0xFFFFu))));
  out[i] = digest;
}

unsigned blocks_for(std::int64_t count) { return static_cast<unsigned>((count + kThreads - 1) / kThreads); }

}  // namespace

cudaError_t convert(const Conversion& conversion, const std::uint32_t* in, std::uint32_t* out, std::int64_t count) {
  convert_kernel<<<blocks_for(count), kThreads>>>(conversion, in, out, count);
  return cudaGetLastError();
}

cudaError_t conversion_digests(const Conversion& conversion, const std::uint32_t* uppers, std::uint32_t* out,
                               std::int64_t count) {
  if (conversion.kind != Conversion::Kind::from_f32) return cudaErrorInvalidValue;
  digest_kernel<<<blocks_for(count), kThreads>>>(conversion, uppers, out, count);
  return cudaGetLastError();
}

}  // namespace octavo::cuda::OCTAVO_SM
