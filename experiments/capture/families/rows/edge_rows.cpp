// W8 and W10: NaN, infinity, and the edges of f16.
#include <cmath>

#include "experiments/capture/families/rows/directed_rows.h"

namespace octavo::experiments::capture {
namespace {

constexpr std::uint8_t kMinus = 0x80;

std::uint8_t negated(std::uint8_t code) { return code ^ kMinus; }

std::vector<std::uint8_t> special_codes(const formats::Spec& format) {
  std::vector<std::uint8_t> codes;
  for (std::uint32_t code = 0; code < 256; ++code)
    if (format.is_nan(code) || format.is_infinite(code)) codes.push_back(static_cast<std::uint8_t>(code));
  return codes;
}

}  // namespace

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
