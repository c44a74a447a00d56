// Formats and floats that the tests of this room run through.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <random>
#include <vector>

#include "formats/decode.h"
#include "formats/spec.h"
#include "machine/instruction_set.h"

namespace octavo::formats {

inline void PrintTo(const Spec& spec, std::ostream* out) {
  *out << 'e' << spec.exponent_bits << 'm' << spec.mantissa_bits << " bias " << spec.bias << " specials "
       << static_cast<int>(spec.specials) << (spec.has_sign ? "" : " unsigned") << (spec.has_zero ? "" : " no zero");
}

namespace tests {

/// The formats with a name of their own.
inline std::vector<Spec> named_formats() {
  std::vector<Spec> formats{e4m3, e4m3ieee, e4m3fnuz, e4m3b11fnuz, e5m2,   e5m2fnuz, e3m4, e8m0, e3m2,
                            e2m3, e2m1,     int8,     int4,        int8q6, fp16,     bf16, tf32};
  for (int precision = 1; precision <= 7; ++precision) {
    formats.push_back(binary8(precision, true));
    if (precision != 3 && precision != 4) formats.push_back(binary8(precision, false));  // e5m2fnuz, e4m3fnuz
  }
  return formats;
}

/// Every valid combination of widths, specials, sign and zero, each at its smallest, usual and largest bias.
inline std::vector<Spec> all_kinds_of_formats(int max_bits) {
  std::vector<Spec> formats;
  for (int exponent_bits = 1; exponent_bits <= 8; ++exponent_bits) {
    for (int mantissa_bits = 0; mantissa_bits <= 10; ++mantissa_bits) {
      for (const auto specials :
           {Specials::ieee, Specials::fn, Specials::fnuz, Specials::nuz, Specials::none, Specials::integer}) {
        for (const bool has_sign : {true, false}) {
          for (const bool has_zero : {true, false}) {
            std::vector<int> valid_biases;
            for (int bias = -300; bias <= 300; ++bias) {
              const Spec spec{exponent_bits, mantissa_bits, bias, specials, has_sign, has_zero};
              if (spec.bits() <= max_bits && spec.valid()) valid_biases.push_back(bias);
            }
            if (valid_biases.empty()) continue;
            const int usual = (1 << (exponent_bits - 1)) - 1;
            const auto clamped = std::clamp(usual, valid_biases.front(), valid_biases.back());
            for (const int bias : {valid_biases.front(), clamped, valid_biases.back()}) {
              const Spec spec{exponent_bits, mantissa_bits, bias, specials, has_sign, has_zero};
              if (std::find(formats.begin(), formats.end(), spec) == formats.end()) formats.push_back(spec);
            }
          }
        }
      }
    }
  }
  return formats;
}

/// Floats where the code of `spec` changes or may go wrong: every value, every midpoint of neighbours, the first values
/// beyond the largest, each with the floats around it and both signs; zeros, subnormals, infinities and NaNs.
inline std::vector<float> critical_floats(const Spec& spec) {
  std::vector<double> points{0.0, 0x1p-149, 0x1p-127, 0x1p-126, 0x1.fffffep+127};
  const std::uint32_t last = spec.max_code();
  for (std::uint32_t code = 0; code <= last; ++code) {
    const double value = decode(spec, code);
    points.push_back(value);
    const double next = code < last ? decode(spec, code + 1) : 2 * value - decode(spec, last - 1);
    points.push_back((value + next) / 2);
    if (code == last) points.insert(points.end(), {next, 2 * value, 4 * value});
  }
  points.push_back(decode(spec, 0) / 2);
  std::vector<float> floats;
  for (const double point : points) {
    const auto nearest = static_cast<float>(std::min(point, double{std::numeric_limits<float>::max()}));
    const auto bits = std::bit_cast<std::uint32_t>(nearest);
    for (int step = -2; step <= 2; ++step) {
      const std::uint32_t near = bits + static_cast<std::uint32_t>(step);
      if (near > 0x7F800000u) continue;  // wrapped below zero, or above infinity
      floats.push_back(std::bit_cast<float>(near));
      floats.push_back(std::bit_cast<float>(near | 0x80000000u));
    }
  }
  for (const std::uint32_t bits : {0x7F800000u, 0x7F800001u, 0x7FC00000u, 0x7FFFFFFFu}) {
    floats.push_back(std::bit_cast<float>(bits));
    floats.push_back(std::bit_cast<float>(bits | 0x80000000u));
  }
  return floats;
}

/// Uniformly random bit patterns: all exponents, subnormals, infinities and NaNs.
inline std::vector<float> random_bit_floats(std::size_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> floats(count);
  for (float& x : floats) x = std::bit_cast<float>(static_cast<std::uint32_t>(generator()));
  return floats;
}

inline std::vector<machine::InstructionSet> available_instruction_sets() {
  std::vector<machine::InstructionSet> sets;
  for (const auto set :
       {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512})
    if (machine::available(set)) sets.push_back(set);
  return sets;
}

/// Uses one instruction set in its scope.
class WithInstructionSet {
 public:
  explicit WithInstructionSet(machine::InstructionSet set) : before_(machine::instruction_set()) {
    machine::use_instruction_set(set);
  }
  ~WithInstructionSet() { machine::use_instruction_set(before_); }
  WithInstructionSet(const WithInstructionSet&) = delete;
  WithInstructionSet& operator=(const WithInstructionSet&) = delete;

 private:
  machine::InstructionSet before_;
};

}  // namespace tests
}  // namespace octavo::formats
