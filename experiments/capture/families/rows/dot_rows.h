// Building operands of K = 32 dot products term by term.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "experiments/store/cases/cases.h"
#include "formats/spec.h"
#include "sim/gemm/tensor_core/architectures.h"

namespace octavo::experiments::capture {

inline constexpr int kDepth = 32;

/// The types of an instruction's operands and sums.
struct Types {
  formats::Spec a;
  formats::Spec b;
  formats::Accumulator sum = formats::Accumulator::f32;

  bool f32() const { return sum == formats::Accumulator::f32; }
  std::string suffix() const;  ///< "f32.e4m3.e5m2"
};

/// E4M3 and E5M2 on both sides, f32 and f16 sums.
std::vector<Types> every_type();

struct DotRow {
  std::array<std::uint8_t, kDepth> a{};
  std::array<std::uint8_t, kDepth> b{};
  std::uint32_t c = 0;  ///< bits of the sum's type
};

/// Engine of a standard that says which bits it gives; distributions are ours, since those of the library are not
/// specified.
using Random = std::mt19937_64;
Random random_of(std::uint64_t seed, std::string_view what);
std::uint64_t below(Random& random, std::uint64_t bound);
double unit_interval(Random& random);  ///< [0, 1), 53 bits
double gaussian(Random& random);       ///< sum of uniforms: near enough for operands

/// Codes.
std::uint8_t code_of(const formats::Spec& format, double value);
std::uint8_t random_code(Random& random, const formats::Spec& format, bool finite);

/// Puts significand * 2^exponent at k: the significand (in [1, 2), exact in the format of a) into a, powers of two
/// that are normal in both. False, and nothing put, if there are none.
bool put_product(DotRow& row, const Types& types, int k, double significand, int exponent, bool negative);

/// Exponents that put_product can reach.
int lowest_exponent(const Types& types);
int highest_exponent(const Types& types);

/// Bits of the sum's type, nearest even.
std::uint32_t sum_bits(const Types& types, double value);
std::uint32_t random_sum(Random& random, const Types& types);

/// At most `count` of the rows, chosen by the seed, in their order.
std::vector<DotRow> sample(std::vector<DotRow> rows, std::int64_t count, Random& random);

/// Rows as the data of a case; of K = 16 with the upper half of each row left out.
store::ProductCase product_case(const Types& types, const std::vector<DotRow>& rows, int depth = kDepth);

}  // namespace octavo::experiments::capture
