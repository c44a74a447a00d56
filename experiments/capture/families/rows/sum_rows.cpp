// W4 to W7: the sum alone, its rounding, its width and its zeros.
#include <algorithm>
#include <cmath>

#include "experiments/capture/families/rows/directed_rows.h"

namespace octavo::experiments::capture {
namespace {

constexpr std::uint8_t kMinus = 0x80;

std::uint8_t negated(std::uint8_t code) { return code ^ kMinus; }

}  // namespace

std::vector<DotRow> lone_addend(const Types& types) {
  std::vector<DotRow> rows;
  Random random = random_of(0, "lone addend");
  for (int i = 0; i < 4096; ++i) {
    DotRow row;
    for (std::uint8_t& code : row.b) code = random_code(random, types.b, true);
    row.c = random_sum(random, types);
    if (i < 512 && types.f32()) row.c = (row.c & 0x807FFFFFu) | static_cast<std::uint32_t>(i / 2) << 23;
    if (i < 32) row.c = (row.c & (types.f32() ? 0x80000000u : 0x8000u)) | (1u << i % (types.f32() ? 31 : 15));
    rows.push_back(row);
  }
  return rows;
}

std::vector<DotRow> dropped_bits(const Types& types) {
  std::vector<DotRow> rows;
  const int large = types.f32() ? std::min(highest_exponent(types), 6) : 4;
  for (int terms : {1, 2, 3, 4, 8, 12, 16, 24}) {
    for (int pattern = 0; pattern < 64; ++pattern) {
      for (int signs = 0; signs < 4; ++signs) {
        DotRow row;
        bool possible = true;
        for (int k = 0; k < terms; ++k) possible = possible && put_product(row, types, k, 1.0, large, (signs & 1) != 0);
        for (int bit = 0; bit < 6; ++bit)
          if ((pattern >> bit & 1) != 0)
            possible = possible && put_product(row, types, 24 + bit, 1.0, large - 13 + bit, (signs & 2) != 0);
        if (possible) rows.push_back(row);
      }
    }
  }
  return rows;
}

std::vector<DotRow> carries(const Types& types) {
  std::vector<DotRow> rows;
  Random random = random_of(0, "carries");
  const auto a_max = static_cast<std::uint8_t>(types.a.max_code());
  const auto b_max = static_cast<std::uint8_t>(types.b.max_code());
  const int top = types.a.max_exponent() + types.b.max_exponent();
  for (int i = 0; i < 256; ++i) {
    DotRow row;
    // f16 sums overflow from the largest products: there the other operand is one.
    row.b.fill(types.f32() || i % 2 == 0 ? b_max : code_of(types.b, 1.0));
    for (int k = 0; k < kDepth; ++k) {
      const bool negative = i < 2 ? i == 1 : i < 4 ? k % 2 == i % 2 : below(random, 2) != 0;
      row.a[static_cast<std::size_t>(k)] = negative ? negated(a_max) : a_max;
    }
    const double c = i % 3 == 0 ? 0 : std::ldexp(1 + unit_interval(random), types.f32() ? top : 9);
    row.c = sum_bits(types, i % 3 == 1 ? c : -c);
    rows.push_back(row);
  }
  return rows;
}

std::vector<DotRow> zero_sums(const Types& types) {
  std::vector<DotRow> rows;
  const std::uint32_t minus_zero = types.f32() ? 0x80000000u : 0x8000u;
  for (int signs = 0; signs < 8; ++signs) {  // zeros of all signs, c = +-0
    DotRow row;
    row.a.fill((signs & 1) != 0 ? kMinus : std::uint8_t{0});
    row.b.fill((signs & 2) != 0 ? negated(code_of(types.b, 1.0)) : code_of(types.b, 1.0));
    row.c = (signs & 4) != 0 ? minus_zero : 0u;
    rows.push_back(row);
  }
  const int high = types.f32() ? highest_exponent(types) : std::min(highest_exponent(types), 14);
  const int low = types.f32() ? lowest_exponent(types) : std::max(lowest_exponent(types), -24);
  for (int exponent = low; exponent <= high; ++exponent) {
    for (int variant = 0; variant < 8; ++variant) {
      DotRow row;
      const bool negative = (variant & 1) != 0;
      put_product(row, types, exponent & 31, 1.0, exponent, negative);
      if ((variant & 2) != 0)
        row.c = sum_bits(types, std::ldexp(negative ? 1.0 : -1.0, exponent));  // c cancels the product
      else
        put_product(row, types, (exponent + 5) & 31, 1.0, exponent, !negative);
      if ((variant & 6) == 4) row.c = minus_zero;
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace octavo::experiments::capture
