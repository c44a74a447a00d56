// W1 to W3: which exponent the terms are aligned to, and what that keeps of each.
#include <algorithm>
#include <cmath>

#include "experiments/capture/families/rows/directed_rows.h"

namespace octavo::experiments::capture {
namespace {

constexpr std::uint8_t kMinus = 0x80;

/// The product of the two smallest subnormals at k.
void put_smallest(DotRow& row, int k) { row.a[static_cast<std::size_t>(k)] = row.b[static_cast<std::size_t>(k)] = 1; }

}  // namespace

std::vector<DotRow> zero_products(const Types& types) {
  std::vector<DotRow> rows;
  const double small_c = types.f32() ? std::ldexp(1 + std::ldexp(1, -13), -30) : std::ldexp(1, -24);
  for (const bool zero_in_a : {true, false}) {
    const formats::Spec& other = zero_in_a ? types.b : types.a;
    for (std::uint32_t code = 1; code < 256; ++code) {
      if (other.is_nan(code) || other.is_infinite(code)) continue;
      for (const std::uint8_t zero : {std::uint8_t{0}, kMinus}) {
        for (const bool with_c : {false, true}) {
          DotRow row;
          const std::size_t k = code % kDepth;
          (zero_in_a ? row.a : row.b)[k] = zero;
          (zero_in_a ? row.b : row.a)[k] = static_cast<std::uint8_t>(code);
          if (with_c)
            row.c = sum_bits(types, small_c);
          else
            put_smallest(row, (static_cast<int>(k) + 7) % kDepth);
          rows.push_back(row);
        }
      }
    }
  }
  // Nothing but zeros around a small c, and every product 0 times the largest.
  for (int exponent = -149; types.f32() && exponent < -20; ++exponent) {
    DotRow row;
    row.c = sum_bits(types, std::ldexp(1 + std::ldexp(1, -13), exponent));
    rows.push_back(row);
    row.b.fill(static_cast<std::uint8_t>(types.b.max_code()));
    rows.push_back(row);
  }
  return rows;
}

std::vector<DotRow> subnormal_operands(const Types& types) {
  std::vector<DotRow> rows;
  for (const bool in_a : {true, false}) {
    const formats::Spec& format = in_a ? types.a : types.b;
    const formats::Spec& other = in_a ? types.b : types.a;
    const auto subnormals = 1u << format.mantissa_bits;
    for (std::uint32_t code = 1; code <= subnormals; ++code) {  // the last is the smallest normal, for comparison
      for (int exponent = other.min_exponent(); exponent <= other.max_exponent(); ++exponent) {
        for (int distance = 11; distance <= 16; ++distance) {
          for (const bool negative : {false, true}) {
            DotRow row;
            const auto small = static_cast<std::uint8_t>(code | (negative ? kMinus : 0u));
            const std::uint8_t power = code_of(other, std::ldexp(1.0, exponent));
            row.a[0] = in_a ? small : power;
            row.b[0] = in_a ? power : small;
            const int large = format.min_exponent() + exponent + distance;
            if (!put_product(row, types, 1, 1.0, large, false)) continue;
            put_product(row, types, 2, 1.0, large, true);
            rows.push_back(row);
          }
        }
      }
    }
  }
  return rows;
}

std::vector<DotRow> ladder(const Types& types) {
  std::vector<DotRow> rows;
  const double significand = types.a.mantissa_bits == 3 ? 1.875 : 1.75;
  const int large = types.f32() ? highest_exponent(types) - 1 : std::min(highest_exponent(types) - 1, 9);
  for (int k = 0; k < kDepth; ++k) {
    for (int distance = 0; distance < 32; ++distance) {
      for (int signs = 0; signs < 4; ++signs) {
        const bool large_negative = (signs & 1) != 0;
        const bool small_negative = (signs & 2) != 0;
        const double c_sign = large_negative ? -1 : 1;
        for (const bool cancelled : {false, true}) {
          DotRow row;
          if (!put_product(row, types, k, significand, large - distance, small_negative)) continue;
          put_product(row, types, (k + 1) % kDepth, 1.0, large, large_negative);
          if (cancelled) put_product(row, types, (k + 2) % kDepth, 1.0, large, !large_negative);
          rows.push_back(row);
          DotRow with_c;
          put_product(with_c, types, k, significand, large - distance, small_negative);
          with_c.c = sum_bits(types, c_sign * std::ldexp(1.0, large));
          if (cancelled) put_product(with_c, types, (k + 1) % kDepth, 1.0, large, !large_negative);
          rows.push_back(with_c);
        }
        DotRow small_c;
        put_product(small_c, types, k, 1.0, large, large_negative);
        put_product(small_c, types, (k + 1) % kDepth, 1.0, large, !large_negative);
        small_c.c = sum_bits(types, (small_negative ? -1 : 1) * std::ldexp(1 + 1023.0 / 1024, large - distance));
        rows.push_back(small_c);
      }
    }
  }
  return rows;
}

}  // namespace octavo::experiments::capture
