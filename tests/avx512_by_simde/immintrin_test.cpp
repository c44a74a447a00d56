// The emulated AVX-512 intrinsics that compute more than one lane operation of C++ would, or round, against Intel's
// description of each, lane by lane. Only with OCTAVO_AVX512_BY_SIMDE.
#include <gtest/gtest.h>
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

namespace octavo::avx512_by_simde {
namespace {

constexpr int kZero = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;
constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

std::mt19937_64& generator() {
  static std::mt19937_64 bits(7);
  return bits;
}

__m512i random_register() {
  Lanes<std::uint64_t, __m512i> lanes;
  for (std::uint64_t& lane : lanes.of) lane = generator()();
  return lanes.all();
}

/// Floats whose sums and products neither overflow nor vanish.
template <class Float, class Register>
Register random_numbers() {
  std::normal_distribution<Float> normal;
  Lanes<Float, Register> lanes;
  for (Float& lane : lanes.of) lane = std::ldexp(normal(generator()), static_cast<int>(generator()() % 40));
  return lanes.all();
}

template <class Lane, class Register, class Expected>
void expect_lanes(Register actual, Expected expected) {
  const Lanes<Lane, Register> lanes(actual);
  for (int i = 0; i < lanes.count; ++i) {
    const Lane lane = expected(i);
    ASSERT_EQ(std::memcmp(&lanes.of[i], &lane, sizeof lane), 0)
        << "lane " << i << ": " << +lanes.of[i] << ", not " << +lane;
  }
}

template <class Expected>
void expect_mask(std::uint64_t mask, int count, Expected expected) {
  for (int i = 0; i < 64; ++i) ASSERT_EQ(mask >> i & 1, i < count && expected(i) ? 1u : 0u) << "bit " << i;
}

/// f(x...) under a rounding of fenv.h; `x` are volatile, so that nothing is computed earlier or later.
template <class Function, class... Float>
auto rounded(int rounding, Function f, Float... x) {
  const int before = std::fegetround();
  std::fesetround(rounding);
  const volatile auto result = [&](volatile Float... y) { return f(y...); }(x...);
  std::fesetround(before);
  return +result;
}

template <class Body>
void repeat(Body body) {
  for (int i = 0; i < 200 && !testing::Test::HasFatalFailure(); ++i) body();
}

template <class Float, class Register, class Multiply>
void expect_fused_toward_zero(Multiply multiply_add) {
  repeat([&] {
    const auto a = random_numbers<Float, Register>(), b = random_numbers<Float, Register>();
    const auto c = random_numbers<Float, Register>();
    const Lanes<Float, Register> x(a), y(b), z(c);
    expect_lanes<Float>(multiply_add(a, b, c), [&](int i) {
      return rounded(
          FE_TOWARDZERO, [](Float p, Float q, Float r) { return std::fma(p, q, r); }, x.of[i], y.of[i], z.of[i]);
    });
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  });
}

TEST(EmulatedAvx512, RoundsMultiplyAddsTowardZeroOnce) {
  expect_fused_toward_zero<float, __m512>([](auto a, auto b, auto c) { return _mm512_fmadd_round_ps(a, b, c, kZero); });
  expect_fused_toward_zero<double, __m512d>(
      [](auto a, auto b, auto c) { return _mm512_fmadd_round_pd(a, b, c, kZero); });
  const auto one = _mm512_set1_ps(1.0f), tiny = _mm512_set1_ps(-0x1p-60f);
  expect_lanes<float>(_mm512_fmadd_round_ps(one, tiny, one, kZero), [](int) { return 0x1.fffffep-1f; });
  expect_lanes<float>(_mm512_fmadd_round_ps(one, tiny, tiny, kZero), [](int) { return -0x1p-59f; });
}

TEST(EmulatedAvx512, OtherMultiplyAddsAreFusedAndRoundAsTheProcessorIsSet) {
  repeat([] {
    const __m512 a = random_numbers<float, __m512>(), b = random_numbers<float, __m512>();
    const __m512 c = random_numbers<float, __m512>();
    const __m512d d = random_numbers<double, __m512d>(), e = random_numbers<double, __m512d>();
    const __m512d f = random_numbers<double, __m512d>();
    const Lanes<float, __m512> x(a), y(b), z(c);
    const Lanes<double, __m512d> p(d), q(e), r(f);
    expect_lanes<float>(_mm512_fmadd_ps(a, b, c), [&](int i) { return std::fma(x.of[i], y.of[i], z.of[i]); });
    expect_lanes<float>(_mm512_fnmadd_ps(a, b, c), [&](int i) { return std::fma(-x.of[i], y.of[i], z.of[i]); });
    expect_lanes<double>(_mm512_fnmadd_pd(d, e, f), [&](int i) { return std::fma(-p.of[i], q.of[i], r.of[i]); });
  });
}

TEST(EmulatedAvx512, ConvertsAsAsked) {
  repeat([] {
    const __m512d wide = random_numbers<double, __m512d>();
    const Lanes<double, __m512d> w(wide);
    const auto to_float = [](double x) { return static_cast<float>(x); };
    expect_lanes<float>(_mm512_cvt_roundpd_ps(wide, kZero),
                        [&](int i) { return rounded(FE_TOWARDZERO, to_float, w.of[i]); });
    Lanes<std::uint32_t, __m512i> integer(random_register());
    for (std::uint32_t& lane : integer.of) lane >>= generator()() % 32;
    integer.of[0] = 0;
    integer.of[1] = 0xFFFFFFFF;
    expect_lanes<float>(_mm512_cvt_roundepu32_ps(integer.all(), kZero), [&](int i) {
      return rounded(
          FE_TOWARDZERO, [](std::int64_t x) { return static_cast<float>(x); }, std::int64_t{integer.of[i]});
    });
    const __m512 x = random_numbers<float, __m512>();
    const Lanes<float, __m512> f(x);
    const Lanes<std::uint16_t, __m256i> half(_mm512_cvtps_ph(x, kNearest));
    expect_lanes<float>(_mm512_cvtph_ps(half.all()), [&](int i) {
      const float unit = std::ldexp(1.0f, std::max(std::ilogb(f.of[i]), -14) - 10);
      const float rounded_to_half = std::nearbyint(f.of[i] / unit) * unit;
      return std::fabs(rounded_to_half) > 65504.0f ? std::copysign(HUGE_VALF, f.of[i]) : rounded_to_half;
    });
    expect_lanes<std::int32_t>(_mm512_cvttps_epi32(x), [&](int i) {
      return std::fabs(f.of[i]) < 0x1p31f ? static_cast<std::int32_t>(f.of[i])
                                          : std::numeric_limits<std::int32_t>::min();
    });
  });
}

TEST(EmulatedAvx512, RangeTakesTheLargerMagnitudeWithTheFirstSignAndNumbersBeforeNans) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float cases[][3] = {{1, 2, 2},
                            {-1, 2, -2},
                            {1, -2, 2},
                            {-3, 2, -3},
                            {3, -2, 3},
                            {-0.0f, 1, -1},
                            {0, 0x1p-149f, 0x1p-149f},
                            {HUGE_VALF, 5, HUGE_VALF},
                            {-5, HUGE_VALF, -HUGE_VALF},
                            {nan, 2, 2},
                            {-nan, 2, -2},
                            {2, nan, 2},
                            {-0.0f, 0, -0.0f}};
  for (const auto& [a, b, expected] : cases) {
    const __m512 range = _mm512_range_ps(_mm512_set1_ps(a), _mm512_set1_ps(b), 3);
    expect_lanes<float>(range, [&, want = expected](int) { return want; });
  }
  const __m512 one = _mm512_set1_ps(1), two = _mm512_set1_ps(2);
  expect_lanes<float>(_mm512_mask_range_ps(_mm512_setzero_ps(), 0xF00F, one, two, 3),
                      [](int i) { return 0xF00F >> i & 1 ? 2.0f : 0.0f; });
}

TEST(EmulatedAvx512, PermutesAndPacks) {
  repeat([] {
    const __m512i a = random_register(), b = random_register(), c = random_register();
    const Lanes<std::uint8_t, __m512i> a8(a), b8(b);
    const Lanes<std::int16_t, __m512i> a16(a), b16(b), c16(c);
    const Lanes<std::int32_t, __m512i> a32(a), b32(b);
    expect_lanes<std::int16_t>(_mm512_permutex2var_epi16(a, b, c),
                               [&](int i) { return (b16.of[i] & 32 ? c16 : a16).of[b16.of[i] & 31]; });
    expect_lanes<std::int16_t>(_mm512_permutexvar_epi16(a, b), [&](int i) { return b16.of[a16.of[i] & 31]; });
    expect_lanes<std::int32_t>(_mm512_permutexvar_epi32(a, b), [&](int i) { return b32.of[a32.of[i] & 15]; });
    expect_lanes<std::uint8_t>(_mm512_shuffle_epi8(a, b), [&](int i) {
      return b8.of[i] & 0x80 ? std::uint8_t{0} : a8.of[i / 16 * 16 + (b8.of[i] & 15)];
    });
    expect_lanes<std::uint8_t>(_mm512_packus_epi16(a, b), [&](int i) {
      return static_cast<std::uint8_t>(std::clamp<int>((i % 16 < 8 ? a16 : b16).of[i / 16 * 8 + i % 8], 0, 255));
    });
    expect_lanes<std::uint16_t>(_mm512_packus_epi32(a, b), [&](int i) {
      return static_cast<std::uint16_t>(std::clamp((i % 8 < 4 ? a32 : b32).of[i / 8 * 4 + i % 4], 0, 65535));
    });
    expect_lanes<std::int32_t>(
        _mm512_castps_si512(_mm512_shuffle_f32x4(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), 0x9C)), [&](int i) {
          return (i < 8 ? a32 : b32).of[4 * std::array{0, 3, 1, 2}[i / 4] + i % 4];
        });
    const __m512i low = _mm512_unpacklo_epi16(a, b), high = _mm512_unpackhi_epi16(a, b);
    expect_lanes<std::int16_t>(low, [&](int i) { return (i % 2 ? b16 : a16).of[i / 8 * 8 + i % 8 / 2]; });
    expect_lanes<std::int16_t>(high, [&](int i) { return (i % 2 ? b16 : a16).of[i / 8 * 8 + 4 + i % 8 / 2]; });
    expect_lanes<std::uint8_t>(_mm512_cvtepi16_epi8(a), [&](int i) { return static_cast<std::uint8_t>(a16.of[i]); });
  });
}

TEST(EmulatedAvx512, CombinesBits) {
  repeat([] {
    const __m512i a = random_register(), b = random_register(), c = random_register();
    const Lanes<std::uint32_t, __m512i> x(a), y(b), z(c);
    expect_lanes<std::uint32_t>(_mm512_ternarylogic_epi32(a, b, c, 0xCA),
                                [&](int i) { return (x.of[i] & y.of[i]) | (~x.of[i] & z.of[i]); });
    expect_lanes<std::uint32_t>(_mm512_ternarylogic_epi32(a, b, c, 0xEA),
                                [&](int i) { return (x.of[i] & y.of[i]) | z.of[i]; });
    expect_lanes<std::uint32_t>(_mm512_ternarylogic_epi64(a, b, c, 0x96),
                                [&](int i) { return x.of[i] ^ y.of[i] ^ z.of[i]; });
    expect_lanes<std::uint32_t>(_mm512_ternarylogic_epi64(a, b, c, 0xFE),
                                [&](int i) { return x.of[i] | y.of[i] | z.of[i]; });
    expect_lanes<std::int32_t>(_mm512_popcnt_epi32(a), [&](int i) { return std::popcount(x.of[i]); });
    expect_lanes<std::int32_t>(_mm512_srai_epi32(a, 31), [&](int i) { return x.of[i] >> 31 ? -1 : 0; });
    expect_lanes<std::uint32_t>(_mm512_srlv_epi32(a, b), [&](int i) { return y.of[i] > 31 ? 0 : x.of[i] >> y.of[i]; });
    const __m512 negative_zero_and_others = _mm512_mask_mov_ps(_mm512_castsi512_ps(a), 1, _mm512_set1_ps(-0.0f));
    expect_lanes<std::uint32_t>(_mm512_abs_ps(negative_zero_and_others),
                                [&](int i) { return i == 0 ? 0 : x.of[i] & 0x7FFFFFFF; });
    const Lanes<std::int16_t, __m512i> signed_a(a), signed_b(b);
    expect_lanes<std::uint32_t>(_mm512_madd_epi16(a, b), [&](int i) {
      return static_cast<std::uint32_t>(signed_a.of[2 * i] * signed_b.of[2 * i]) +
             static_cast<std::uint32_t>(signed_a.of[2 * i + 1] * signed_b.of[2 * i + 1]);
    });
    expect_lanes<std::int16_t>(_mm512_max_epi16(a, b), [&](int i) { return std::max(signed_a.of[i], signed_b.of[i]); });
    const Lanes<std::uint16_t, __m512i> a16(a), b16(b);
    expect_lanes<std::uint16_t>(_mm512_subs_epu16(a, b), [&](int i) {
      return static_cast<std::uint16_t>(a16.of[i] < b16.of[i] ? 0 : a16.of[i] - b16.of[i]);
    });
    const Lanes<std::uint64_t, __m512i> a64(a), b64(b);
    expect_lanes<std::uint64_t>(_mm512_mul_epu32(a, b),
                                [&](int i) { return (a64.of[i] & 0xFFFFFFFF) * (b64.of[i] & 0xFFFFFFFF); });
  });
}

TEST(EmulatedAvx512, MasksAreOfTheirLanes) {
  repeat([] {
    const __m512i sparse = _mm512_and_si512(random_register(), random_register());
    const __m512i a = _mm512_and_si512(sparse, random_register()), b = _mm512_and_si512(a, random_register());
    const Lanes<std::uint8_t, __m512i> a8(a), b8(b);
    const Lanes<std::uint16_t, __m512i> a16(a), b16(b);
    const Lanes<std::int32_t, __m512i> a32(a), b32(b);
    expect_mask(_mm512_test_epi8_mask(a, b), 64, [&](int i) { return (a8.of[i] & b8.of[i]) != 0; });
    expect_mask(_mm512_testn_epi8_mask(a, b), 64, [&](int i) { return (a8.of[i] & b8.of[i]) == 0; });
    expect_mask(_mm512_cmpneq_epi8_mask(a, b), 64, [&](int i) { return a8.of[i] != b8.of[i]; });
    expect_mask(_mm512_test_epi16_mask(a, b), 32, [&](int i) { return (a16.of[i] & b16.of[i]) != 0; });
    expect_mask(_mm512_cmplt_epu16_mask(a, b), 32, [&](int i) { return a16.of[i] < b16.of[i]; });
    expect_mask(_mm512_cmplt_epi32_mask(a, b), 16, [&](int i) { return a32.of[i] < b32.of[i]; });
    const auto mask = static_cast<__mmask64>(generator()());
    expect_lanes<std::uint8_t>(_mm512_maskz_add_epi8(mask, a, b), [&](int i) {
      return static_cast<std::uint8_t>(mask >> i & 1 ? a8.of[i] + b8.of[i] : 0);
    });
    expect_lanes<std::int16_t>(_mm512_mask_blend_epi16(static_cast<__mmask32>(mask), a, b),
                               [&](int i) { return static_cast<std::int16_t>((mask >> i & 1 ? b16 : a16).of[i]); });
    const __m512 x = _mm512_castsi512_ps(a);
    expect_mask(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), 16,
                [&](int i) { return (a32.of[i] & 0x7FFFFFFF) > 0x7F800000; });
    std::int32_t memory[16] = {};
    _mm512_mask_storeu_ps(memory, static_cast<__mmask16>(mask), x);
    for (int i = 0; i < 16; ++i) ASSERT_EQ(memory[i], mask >> i & 1 ? a32.of[i] : 0);
    expect_lanes<std::int32_t>(_mm512_castps_si512(_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), &a32.of)),
                               [&](int i) { return mask >> i & 1 ? a32.of[i] : 0; });
    expect_lanes<std::uint8_t>(_mm256_maskz_loadu_epi8(static_cast<__mmask32>(mask), &a8.of),
                               [&](int i) { return mask >> i & 1 ? a8.of[i] : std::uint8_t{0}; });
  });
}

}  // namespace
}  // namespace octavo::avx512_by_simde
