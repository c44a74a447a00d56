// Stands in for <immintrin.h> where the AVX-512 kernels are compiled without AVX-512 (OCTAVO_AVX512_BY_SIMDE): SIMDe's
// intrinsics under Intel's names, and below, a lane at a time as Intel's Intrinsics Guide describes them, those that
// SIMDe 0.7.4 lacks, rounds otherwise than asked, or gives other NaNs for. AVX2 intrinsics stay the compiler's own.
#pragma once
#pragma GCC system_header

#include_next <immintrin.h>
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include <cstdint>
#include <cstring>

namespace octavo::avx512_by_simde {
namespace {

/// A register of `Lane`s.
template <class Lane, class Register>
struct Lanes {
  static constexpr int count = sizeof(Register) / sizeof(Lane);
  Lane of[count] = {};

  Lanes() = default;
  explicit Lanes(Register x) { std::memcpy(of, &x, sizeof of); }
  Register all() const {
    Register x;
    std::memcpy(&x, of, sizeof x);
    return x;
  }
};

/// Every lane converted as C++ does, which for these pairs of types is exact or cuts the upper bits off.
template <class To, class ToRegister, class From, class FromRegister>
inline ToRegister converted(FromRegister x) {
  const Lanes<From, FromRegister> from(x);
  Lanes<To, ToRegister> to;
  static_assert(to.count == from.count);
  for (int i = 0; i < to.count; ++i) to.of[i] = static_cast<To>(from.of[i]);
  return to.all();
}

inline __m512i cvtepu8_epi16(__m256i x) { return converted<std::uint16_t, __m512i, std::uint8_t>(x); }
inline __m512i cvtepu16_epi32(__m256i x) { return converted<std::uint32_t, __m512i, std::uint16_t>(x); }
inline __m512i cvtepu32_epi64(__m256i x) { return converted<std::uint64_t, __m512i, std::uint32_t>(x); }
inline __m256i cvtepi32_epi16(__m512i x) { return converted<std::uint16_t, __m256i, std::uint32_t>(x); }
inline __m512d cvtps_pd(__m256 x) { return converted<double, __m512d, float>(x); }

/// Bit i: whether `holds` of lane i of a and of b.
template <class Mask, class Lane, class Predicate>
inline Mask mask_where(__m512i a, __m512i b, Predicate holds) {
  const Lanes<Lane, __m512i> left(a);
  const Lanes<Lane, __m512i> right(b);
  Mask mask = 0;
  for (int i = 0; i < left.count; ++i)
    if (holds(left.of[i], right.of[i])) mask |= Mask{1} << i;
  return mask;
}

inline __mmask16 cmplt_epi32_mask(__m512i a, __m512i b) {
  return mask_where<__mmask16, std::int32_t>(a, b, [](auto x, auto y) { return x < y; });
}
inline __mmask32 cmplt_epu16_mask(__m512i a, __m512i b) {
  return mask_where<__mmask32, std::uint16_t>(a, b, [](auto x, auto y) { return x < y; });
}
inline __mmask64 cmpneq_epi8_mask(__m512i a, __m512i b) {
  return mask_where<__mmask64, std::uint8_t>(a, b, [](auto x, auto y) { return x != y; });
}
inline __mmask64 testn_epi8_mask(__m512i a, __m512i b) {
  return mask_where<__mmask64, std::uint8_t>(a, b, [](auto x, auto y) { return (x & y) == 0; });
}

/// Lanes that the mask leaves out are not touched.
inline __m256i maskz_loadu_epi8(__mmask32 mask, const void* from) {
  Lanes<std::uint8_t, __m256i> to;
  for (int i = 0; i < to.count; ++i)
    if (mask >> i & 1) to.of[i] = static_cast<const std::uint8_t*>(from)[i];
  return to.all();
}
inline __m512 maskz_loadu_ps(__mmask16 mask, const void* from) {
  Lanes<float, __m512> to;
  for (int i = 0; i < to.count; ++i)
    if (mask >> i & 1) std::memcpy(&to.of[i], static_cast<const float*>(from) + i, sizeof(float));
  return to.all();
}
inline void mask_storeu_ps(void* to, __mmask16 mask, __m512 x) {
  const Lanes<float, __m512> from(x);
  for (int i = 0; i < from.count; ++i)
    if (mask >> i & 1) std::memcpy(static_cast<float*>(to) + i, &from.of[i], sizeof(float));
}

inline __m512i srai_epi32(__m512i x, unsigned count) {
  Lanes<std::int32_t, __m512i> lanes(x);
  for (std::int32_t& lane : lanes.of) lane >>= count > 31 ? 31 : count;
  return lanes.all();
}

/// SIMDe's leaves -0 as it is.
inline __m512 abs_ps(__m512 x) {
  Lanes<std::uint32_t, __m512> lanes(x);
  for (std::uint32_t& lane : lanes.of) lane &= 0x7FFFFFFF;
  return lanes.all();
}

/// Two 128-bit lanes of a, then two of b, each chosen by two bits.
inline __m512 shuffle_f32x4(__m512 a, __m512 b, int choice) {
  const Lanes<float, __m512> left(a);
  const Lanes<float, __m512> right(b);
  Lanes<float, __m512> to;
  for (int i = 0; i < 16; ++i) to.of[i] = (i < 8 ? left : right).of[4 * (choice >> (i / 4 * 2) & 3) + i % 4];
  return to.all();
}

// The halves of a register, for what AVX2 and F16C can do themselves.
template <class Half, class Register>
inline Half half(Register x, int which) {
  Half part;
  std::memcpy(&part, reinterpret_cast<const char*>(&x) + which * sizeof part, sizeof part);
  return part;
}
template <class Register, class Half>
inline Register joined(Half low, Half high) {
  Register x;
  std::memcpy(&x, &low, sizeof low);
  std::memcpy(reinterpret_cast<char*>(&x) + sizeof low, &high, sizeof high);
  return x;
}

/// SIMDe's alias takes four arguments.
inline __m512i madd_epi16(__m512i a, __m512i b) {
  return joined<__m512i>(_mm256_madd_epi16(half<__m256i>(a, 0), half<__m256i>(b, 0)),
                         _mm256_madd_epi16(half<__m256i>(a, 1), half<__m256i>(b, 1)));
}

inline __m512 cvtph_ps(__m256i x) {
  return joined<__m512>(_mm256_cvtph_ps(half<__m128i>(x, 0)), _mm256_cvtph_ps(half<__m128i>(x, 1)));
}
template <int rounding>
inline __m256i cvtps_ph(__m512 x) {
  return joined<__m256i>(_mm256_cvtps_ph(half<__m256>(x, 0), rounding & 7),
                         _mm256_cvtps_ph(half<__m256>(x, 1), rounding & 7));
}
inline __m512i cvttps_epi32(__m512 x) {
  return joined<__m512i>(_mm256_cvttps_epi32(half<__m256>(x, 0)), _mm256_cvttps_epi32(half<__m256>(x, 1)));
}

/// Rounds as asked from its beginning to its end: both order what is passed through `keep`, which nothing else does.
class Rounding {
 public:
  explicit Rounding(int rounding) : before_(_mm_getcsr()) {
    _mm_setcsr((before_ & ~0x6000u) | static_cast<unsigned>(rounding & 3) << 13);
  }
  ~Rounding() { _mm_setcsr(before_); }
  Rounding(const Rounding&) = delete;
  Rounding& operator=(const Rounding&) = delete;

  template <class... Register>
  void keep(Register&... x) const {
    (void(__extension__({
       __asm__ volatile("" : "+x"(x));
       0;
     })),
     ...);
  }

 private:
  unsigned before_;
};

/// a * b + c, rounded once.
template <int rounding>
inline __m512 fmadd_round_ps(__m512 a, __m512 b, __m512 c) {
  __m256 low = half<__m256>(a, 0), high = half<__m256>(a, 1);
  const Rounding as_asked(rounding);
  as_asked.keep(low, high);
  low = _mm256_fmadd_ps(low, half<__m256>(b, 0), half<__m256>(c, 0));
  high = _mm256_fmadd_ps(high, half<__m256>(b, 1), half<__m256>(c, 1));
  as_asked.keep(low, high);
  return joined<__m512>(low, high);
}
template <int rounding>
inline __m512d fmadd_round_pd(__m512d a, __m512d b, __m512d c) {
  __m256d low = half<__m256d>(a, 0), high = half<__m256d>(a, 1);
  const Rounding as_asked(rounding);
  as_asked.keep(low, high);
  low = _mm256_fmadd_pd(low, half<__m256d>(b, 0), half<__m256d>(c, 0));
  high = _mm256_fmadd_pd(high, half<__m256d>(b, 1), half<__m256d>(c, 1));
  as_asked.keep(low, high);
  return joined<__m512d>(low, high);
}
template <int rounding>
inline __m256 cvt_roundpd_ps(__m512d x) {
  __m256d low = half<__m256d>(x, 0), high = half<__m256d>(x, 1);
  const Rounding as_asked(rounding);
  as_asked.keep(low, high);
  __m128 to_low = _mm256_cvtpd_ps(low);
  __m128 to_high = _mm256_cvtpd_ps(high);
  as_asked.keep(to_low, to_high);
  return joined<__m256>(to_low, to_high);
}
template <int rounding>
inline __m512 cvt_roundepu32_ps(__m512i x) {
  static_assert((rounding & 3) == _MM_FROUND_TO_ZERO);
  const Lanes<std::uint32_t, __m512i> from(x);
  Lanes<float, __m512> to;
  for (int i = 0; i < to.count; ++i) {
    const std::uint32_t lane = from.of[i];
    const int surplus = lane >> 24 == 0 ? 0 : 8 - __builtin_clz(lane);
    to.of[i] = static_cast<float>(lane >> surplus << surplus);
  }
  return to.all();
}

/// The number of larger magnitude (b if they are equal, a number rather than a quiet NaN) with the sign of a.
template <int choice>
inline __m512 range_ps(__m512 a, __m512 b) {
  static_assert(choice == 3);
  constexpr std::uint32_t kMagnitude = 0x7FFFFFFF, kInfinity = 0x7F800000;
  const Lanes<std::uint32_t, __m512> left(a);
  const Lanes<std::uint32_t, __m512> right(b);
  Lanes<std::uint32_t, __m512> to;
  for (int i = 0; i < to.count; ++i) {
    const std::uint32_t x = left.of[i] & kMagnitude, y = right.of[i] & kMagnitude;
    const bool second = y <= kInfinity && (x > kInfinity || x <= y);
    to.of[i] = (left.of[i] & ~kMagnitude) | (second ? y : x);
  }
  return to.all();
}

}  // namespace
}  // namespace octavo::avx512_by_simde

#define _mm512_cvtepu8_epi16 octavo::avx512_by_simde::cvtepu8_epi16
#define _mm512_cvtepu16_epi32 octavo::avx512_by_simde::cvtepu16_epi32
#define _mm512_cvtepu32_epi64 octavo::avx512_by_simde::cvtepu32_epi64
#define _mm512_cvtepi32_epi16 octavo::avx512_by_simde::cvtepi32_epi16
#define _mm512_cvtps_pd octavo::avx512_by_simde::cvtps_pd
#define _mm512_cvtph_ps octavo::avx512_by_simde::cvtph_ps
#define _mm512_cvtps_ph(x, rounding) octavo::avx512_by_simde::cvtps_ph<rounding>(x)
#define _mm512_cvttps_epi32 octavo::avx512_by_simde::cvttps_epi32
#define _mm512_cvt_roundpd_ps(x, rounding) octavo::avx512_by_simde::cvt_roundpd_ps<rounding>(x)
#define _mm512_cvt_roundepu32_ps(x, rounding) octavo::avx512_by_simde::cvt_roundepu32_ps<rounding>(x)
#define _mm512_fmadd_round_ps(a, b, c, rounding) octavo::avx512_by_simde::fmadd_round_ps<rounding>(a, b, c)
#define _mm512_fmadd_round_pd(a, b, c, rounding) octavo::avx512_by_simde::fmadd_round_pd<rounding>(a, b, c)
#undef _mm512_madd_epi16
#define _mm512_madd_epi16 octavo::avx512_by_simde::madd_epi16
#undef _mm512_abs_ps
#define _mm512_abs_ps octavo::avx512_by_simde::abs_ps
#undef _mm512_range_ps
#define _mm512_range_ps(a, b, choice) octavo::avx512_by_simde::range_ps<choice>(a, b)
#undef _mm512_mask_range_ps
#define _mm512_mask_range_ps(otherwise, mask, a, b, choice) \
  _mm512_mask_mov_ps(otherwise, mask, octavo::avx512_by_simde::range_ps<choice>(a, b))
#define _mm512_cmplt_epi32_mask octavo::avx512_by_simde::cmplt_epi32_mask
#define _mm512_cmplt_epu16_mask octavo::avx512_by_simde::cmplt_epu16_mask
#define _mm512_cmpneq_epi8_mask octavo::avx512_by_simde::cmpneq_epi8_mask
#define _mm512_testn_epi8_mask octavo::avx512_by_simde::testn_epi8_mask
#define _mm256_maskz_loadu_epi8 octavo::avx512_by_simde::maskz_loadu_epi8
#define _mm512_maskz_loadu_ps octavo::avx512_by_simde::maskz_loadu_ps
#define _mm512_mask_storeu_ps octavo::avx512_by_simde::mask_storeu_ps
#define _mm512_srai_epi32 octavo::avx512_by_simde::srai_epi32
#define _mm512_shuffle_f32x4 octavo::avx512_by_simde::shuffle_f32x4
