// The W probes of one instruction, row by row.
#include "experiments/capture/families/directed_rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "formats/decode.h"

namespace octavo::experiments::capture {
namespace {

constexpr std::uint8_t kMinus = 0x80;

/// The product of the two smallest subnormals at k.
void put_smallest(DotRow& row, int k) { row.a[static_cast<std::size_t>(k)] = row.b[static_cast<std::size_t>(k)] = 1; }

std::uint8_t negated(std::uint8_t code) { return code ^ kMinus; }

std::vector<std::uint8_t> special_codes(const formats::Spec& format) {
  std::vector<std::uint8_t> codes;
  for (std::uint32_t code = 0; code < 256; ++code)
    if (format.is_nan(code) || format.is_infinite(code)) codes.push_back(static_cast<std::uint8_t>(code));
  return codes;
}

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

std::vector<DotRow> specials(const Types& types) {
  std::vector<DotRow> rows;
  std::vector<std::uint32_t> c{0, sum_bits(types, 1.0)};
  if (types.f32())
    c.insert(c.end(), {0x7F800000u, 0xFF800000u, 0x7F800001u, 0xFFC12345u, 0x7F7FFFFFu, 0xFFFFFFFFu});
  else
    c.insert(c.end(), {0x7C00u, 0xFC00u, 0x7C01u, 0xFE45u, 0x7BFFu, 0xFFFFu});
  for (const bool in_a : {true, false}) {
    const formats::Spec& format = in_a ? types.a : types.b;
    const formats::Spec& other = in_a ? types.b : types.a;
    std::vector<std::uint8_t> partners{0, kMinus, code_of(other, 1.0), code_of(other, -1.0)};
    for (const std::uint8_t code : special_codes(other)) partners.push_back(code);
    for (const std::uint8_t code : special_codes(format)) {
      for (const std::uint8_t partner : partners) {
        for (std::size_t k = 0; k < kDepth; ++k) {
          DotRow row;
          (in_a ? row.a : row.b)[k] = code;
          (in_a ? row.b : row.a)[k] = partner;
          row.c = c[(k + partner) % c.size()];
          put_product(row, types, static_cast<int>((k + 3) % kDepth), 1.5, 2, false);
          rows.push_back(row);
        }
      }
    }
  }
  // Infinities against each other, and c alone.
  if (types.a.has_infinity()) {
    for (int signs = 0; signs < 4; ++signs) {
      DotRow row;
      const auto infinity = static_cast<std::uint8_t>(types.a.infinity_code());
      row.a[3] = (signs & 1) != 0 ? negated(infinity) : infinity;
      row.a[20] = (signs & 2) != 0 ? negated(infinity) : infinity;
      row.b[3] = row.b[20] = code_of(types.b, 1.0);
      rows.push_back(row);
    }
  }
  for (const std::uint32_t bits : c) {
    DotRow row;
    row.c = bits;
    rows.push_back(row);
    row.a.fill(code_of(types.a, -1.0));
    row.b.fill(static_cast<std::uint8_t>(types.b.max_code()));
    rows.push_back(row);
  }
  return rows;
}

std::vector<DotRow> f16_edges(const Types& types) {
  std::vector<DotRow> rows;
  if (types.f32()) return rows;
  for (const bool negative : {false, true}) {
    const double sign = negative ? -1 : 1;
    for (int quarters = 0; quarters < 64; ++quarters) {  // of the smallest f16, with and without something below
      for (int sticky : {0, -27, -28, -30}) {
        for (const int c_units : {0, 1, -1}) {
          DotRow row;
          bool possible = true;
          for (int bit = 0; bit < 6; ++bit)
            if ((quarters >> bit & 1) != 0)
              possible = possible && put_product(row, types, bit * 3, 1.0, bit - 26, negative);
          if (sticky != 0) possible = possible && put_product(row, types, 31, 1.0, sticky, negative);
          row.c = sum_bits(types, std::ldexp(c_units, -24));
          if (possible) rows.push_back(row);
        }
      }
    }
    for (int quarters = 0; quarters <= 128; ++quarters) {  // 65504 + up to 32
      DotRow row;
      row.c = sum_bits(types, sign * 65504);
      for (int bit = 0; bit < 8; ++bit)
        if ((quarters >> bit & 1) != 0) put_product(row, types, bit * 2, 1.0, bit - 2, negative);
      rows.push_back(row);
    }
    for (int exponent = 0; exponent <= 15; ++exponent) {  // ties of the last place, c odd and even
      for (const int odd : {0, 1}) {
        for (const int below_tie : {0, -1, -2}) {
          DotRow row;
          row.c = sum_bits(types, sign * std::ldexp(1024 + odd, exponent - 10));
          put_product(row, types, 0, 1.0, exponent - 11, negative);
          if (below_tie != 0) put_product(row, types, 1, 1.0, exponent - 11 + 4 * below_tie, below_tie == -1);
          rows.push_back(row);
        }
      }
    }
  }
  return rows;
}

}  // namespace octavo::experiments::capture
