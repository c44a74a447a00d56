// The fp16-accumulate engine's tile, compiled once per instruction set.
#include "sim/gemm/values/fp16_accumulate_kernel.h"

#if defined(OCTAVO_ISA_avx2) || defined(OCTAVO_ISA_avx512)
#include <immintrin.h>
#endif

namespace octavo::sim::gemm {
namespace {

#if defined(OCTAVO_ISA_avx512)

constexpr int kLanes = 16;
using Vector = __m512;
Vector load(const float* from) { return _mm512_loadu_ps(from); }
void store(float* to, Vector x) { _mm512_storeu_ps(to, x); }
Vector broadcast(float x) { return _mm512_set1_ps(x); }
Vector widen(const std::uint16_t* halves) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
Vector multiply(Vector x, Vector y) { return _mm512_mul_ps(x, y); }
Vector add_rounded(Vector x, Vector y) {
  return _mm512_cvtph_ps(_mm512_cvtps_ph(_mm512_add_ps(x, y), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

#elif defined(OCTAVO_ISA_avx2)

constexpr int kLanes = 8;
using Vector = __m256;
Vector load(const float* from) { return _mm256_loadu_ps(from); }
void store(float* to, Vector x) { _mm256_storeu_ps(to, x); }
Vector broadcast(float x) { return _mm256_set1_ps(x); }
Vector widen(const std::uint16_t* halves) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(halves));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
Vector multiply(Vector x, Vector y) { return _mm256_mul_ps(x, y); }
Vector add_rounded(Vector x, Vector y) {
  return _mm256_cvtph_ps(_mm256_cvtps_ph(_mm256_add_ps(x, y), _MM_FROUND_TO_NEAREST_INT));
}

#else

constexpr int kLanes = 1;
using Vector = float;
std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
float float_of(std::uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
Vector load(const float* from) { return *from; }
void store(float* to, Vector x) { *to = x; }
Vector broadcast(float x) { return x; }
Vector widen(const std::uint16_t* halves) { return float_of(static_cast<std::uint32_t>(*halves) << 16); }
Vector multiply(Vector x, Vector y) { return x * y; }
Vector add_rounded(Vector x, Vector y) {
  const std::uint32_t bits = bits_of(x + y);
  const std::uint32_t sign = bits & 0x80000000u;
  std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude >= 0x7F800000u) return float_of(bits);
  if (magnitude < 0x38800000u)  // below 2^-14 the grid is 2^-24, as that of binary32 from 0.5 on
    return float_of(sign | bits_of((float_of(magnitude) + 0.5f) - 0.5f));
  magnitude = (magnitude + 0xFFFu + (magnitude >> 13 & 1u)) & ~0x1FFFu;
  return float_of(sign | (magnitude >= 0x47800000u ? 0x7F800000u : magnitude));
}

#endif

template <int rows>
void tile(std::int64_t depth, const float* a, std::int64_t a_stride, const std::uint16_t* b, float* sums) {
  constexpr int kVectors = kFp16Columns / kLanes;
  // As many chains as registers hold; their latency is what bounds this kernel.
  constexpr int kAtOnce = kVectors < 4 ? kVectors : 4;
  for (int first = 0; first < kVectors; first += kAtOnce) {
    Vector sum[rows][kAtOnce];
#pragma GCC unroll 2
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kAtOnce; ++v) sum[r][v] = load(sums + r * kFp16Columns + (first + v) * kLanes);
    for (std::int64_t k = 0; k < depth; ++k) {
      Vector column[kAtOnce];
#pragma GCC unroll 4
      for (int v = 0; v < kAtOnce; ++v) column[v] = widen(b + k * kFp16Columns + (first + v) * kLanes);
#pragma GCC unroll 2
      for (int r = 0; r < rows; ++r) {
        const Vector row = broadcast(a[r * a_stride + k]);
#pragma GCC unroll 4
        for (int v = 0; v < kAtOnce; ++v) sum[r][v] = add_rounded(sum[r][v], multiply(row, column[v]));
      }
    }
#pragma GCC unroll 2
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kAtOnce; ++v) store(sums + r * kFp16Columns + (first + v) * kLanes, sum[r][v]);
  }
}

}  // namespace

namespace OCTAVO_ISA {
const Fp16Kernel fp16_kernel{{nullptr, tile<1>, tile<2>}};
}

}  // namespace octavo::sim::gemm
