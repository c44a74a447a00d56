// Random operands.
#include "experiments/capture/families/rows/random_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "formats/decode.h"

namespace octavo::experiments::capture {
namespace {

template <class CodeOf>
DotRow filled(const Types& types, const CodeOf& code) {
  DotRow row;
  for (std::size_t k = 0; k < kDepth; ++k) {
    row.a[k] = code(types.a);
    row.b[k] = code(types.b);
  }
  return row;
}

DotRow uniform_bits(const Types& types, Random& random) {
  DotRow row = filled(types, [&](const formats::Spec& format) { return random_code(random, format, false); });
  row.c = random_sum(random, types);
  return row;
}

/// Finite bits, with c at most 16 binades from the products' largest.
DotRow near_c(const Types& types, Random& random) {
  DotRow row = filled(types, [&](const formats::Spec& format) { return random_code(random, format, true); });
  double largest = 0;
  for (std::size_t k = 0; k < kDepth; ++k)
    largest = std::max(largest, std::fabs(formats::decode(types.a, row.a[k]) * formats::decode(types.b, row.b[k])));
  const double c = std::ldexp(largest * (1 + unit_interval(random)), static_cast<int>(below(random, 33)) - 16);
  row.c = sum_bits(types, below(random, 2) != 0 ? c : -c);
  return row;
}

DotRow half_zeros(const Types& types, Random& random) {
  DotRow row = filled(types, [&](const formats::Spec& format) {
    return below(random, 2) != 0 ? static_cast<std::uint8_t>(below(random, 2) * format.sign_bit())
                                 : random_code(random, format, true);
  });
  row.c = sum_bits(types, gaussian(random));
  return row;
}

DotRow subnormals(const Types& types, Random& random) {
  DotRow row = filled(types, [&](const formats::Spec& format) {
    return static_cast<std::uint8_t>(below(random, 2) * format.sign_bit() |
                                     below(random, std::uint64_t{1} << format.mantissa_bits));
  });
  if (below(random, 2) != 0) row.c = sum_bits(types, std::ldexp(gaussian(random), -14));
  return row;
}

DotRow gaussians(const Types& types, Random& random) {
  DotRow row = filled(types, [&](const formats::Spec& format) { return code_of(format, gaussian(random)); });
  row.c = sum_bits(types, 4 * gaussian(random));
  return row;
}

DotRow log_uniform(const Types& types, Random& random) {
  const auto code = [&](const formats::Spec& format) {
    const int binades = format.max_exponent() - format.min_exponent();
    const int exponent = format.min_exponent() + static_cast<int>(below(random, static_cast<std::uint64_t>(binades)));
    return code_of(format, std::ldexp((1 + unit_interval(random)) * (below(random, 2) != 0 ? 1 : -1), exponent));
  };
  DotRow row = filled(types, code);
  row.c = sum_bits(types, std::ldexp(gaussian(random), static_cast<int>(below(random, 24)) - 12));
  return row;
}

}  // namespace

const std::vector<RandomSet>& random_row_sets() {
  static const std::vector<RandomSet> sets{{"bits", uniform_bits},  {"near-c", near_c},
                                           {"zeros", half_zeros},   {"subnormals", subnormals},
                                           {"gaussian", gaussians}, {"exponents", log_uniform}};
  return sets;
}

std::vector<DotRow> permuted_rows(const Types& types, std::int64_t count, Random& random) {
  std::vector<DotRow> rows;
  while (static_cast<std::int64_t>(rows.size()) < count) {
    DotRow row = below(random, 2) != 0 ? gaussians(types, random) : log_uniform(types, random);
    for (int turn = 0; turn <= 20 && static_cast<std::int64_t>(rows.size()) < count; ++turn) {
      rows.push_back(row);
      for (std::size_t k = kDepth - 1; k > 0; --k) {
        const std::size_t other = below(random, k + 1);
        std::swap(row.a[k], row.a[other]);
        std::swap(row.b[k], row.b[other]);
      }
    }
  }
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[below(random, i)]);
  return rows;
}

std::vector<std::uint32_t> conversion_inputs(const formats::Spec& format, std::int64_t count, Random& random) {
  std::vector<std::uint32_t> inputs{0x00000000u, 0x80000000u, 0x00000001u, 0x80000001u, 0x007FFFFFu,
                                    0x7F7FFFFFu, 0xFF7FFFFFu, 0x7F800000u, 0xFF800000u, 0x7F800001u,
                                    0xFF800001u, 0x7FC00000u, 0xFFC00000u, 0x7FFFFFFFu, 0xFFFFFFFFu};
  for (std::uint32_t code = 0; code <= format.max_code(); ++code) {
    const double value = formats::decode(format, code);
    // Beyond the largest code lies the value that a further one would have.
    const double next = code == format.max_code() ? value + (value - formats::decode(format, code - 1))
                                                  : formats::decode(format, code + 1);
    for (const double x : {value, (value + next) / 2}) {
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(x));
      for (const std::uint32_t near : {bits - 1, bits, bits + 1})
        if (near < 0x7F800000u) inputs.insert(inputs.end(), {near, near | 0x80000000u});
    }
  }
  for (std::int64_t i = 0; i < count; ++i) inputs.push_back(static_cast<std::uint32_t>(random() >> 32));
  return inputs;
}

std::vector<std::uint32_t> every_bits(int bits, std::int64_t count, Random& random) {
  const std::uint64_t all = std::uint64_t{1} << bits;
  const std::uint64_t wanted =
      std::min<std::uint64_t>(all, static_cast<std::uint64_t>(std::max<std::int64_t>(count, 1)));
  const std::uint64_t first = wanted == all ? 0 : below(random, all);
  std::vector<std::uint32_t> inputs;
  for (std::uint64_t i = 0; i < wanted; ++i)
    inputs.push_back(static_cast<std::uint32_t>((first + i * all / wanted) % all));
  return inputs;
}

}  // namespace octavo::experiments::capture
