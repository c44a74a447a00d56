// Families of operands on which the vector kernels are compared with the scalar reference, and the comparison.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "formats/decode.h"
#include "formats/encode.h"
#include "machine/instruction_set.h"
#include "sim/gemm/tensor_core/kernels/engine.h"

namespace octavo::sim::gemm {

enum class Family {
  uniform_bits,
  gaussian,
  log_uniform,
  subnormals_and_zeros,
  huge_and_tiny,
  small_integers,
  positive,
  sparse,
  bounded_span,
  nan_and_infinity,
};
inline constexpr Family kFamilies[] = {
    Family::uniform_bits,  Family::gaussian,        Family::log_uniform, Family::subnormals_and_zeros,
    Family::huge_and_tiny, Family::small_integers,  Family::positive,    Family::sparse,
    Family::bounded_span,  Family::nan_and_infinity};

inline std::uint8_t to_code(const formats::Spec& format, double x) {
  return static_cast<std::uint8_t>(
      formats::encode(format, formats::Rounding::nearest_even, formats::Overflow::saturate, x));
}

inline bool is_finite_code(const formats::Spec& format, std::uint32_t code) {
  return !format.is_nan(code) && !format.is_infinite(code);
}

inline std::vector<std::uint8_t> family_codes(Family family, const formats::Spec& format, std::size_t count,
                                              std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  const int lowest = format.min_quantum();
  const int range = format.max_exponent() - lowest;
  const auto finite_bits = [&] {
    std::uint32_t code;
    do {
      code = static_cast<std::uint32_t>(random()) & (format.code_count() - 1u);
    } while (!is_finite_code(format, code));
    return static_cast<std::uint8_t>(code);
  };
  std::vector<std::uint8_t> codes(count);
  for (auto& code : codes) {
    const double sign = (random() & 1) != 0 ? 1 : -1;
    switch (family) {
      case Family::uniform_bits:
        code = finite_bits();
        break;
      case Family::gaussian:
        code = to_code(format, normal(random));
        break;
      case Family::log_uniform:
        code = to_code(format, sign * std::exp2(lowest + uniform(random) * range));
        break;
      case Family::subnormals_and_zeros: {
        const auto kind = random() % 4;
        const std::uint32_t mantissa = static_cast<std::uint32_t>(random()) & ((1u << format.mantissa_bits) - 1u);
        code = kind == 0 ? std::uint8_t{0}
               : kind == 1 && format.specials != formats::Specials::fnuz
                   ? static_cast<std::uint8_t>(format.sign_bit())
                   : to_code(format, sign * formats::decode(format, mantissa));
        break;
      }
      case Family::huge_and_tiny:
        code = (random() & 1) != 0 ? to_code(format, sign * std::exp2(format.max_exponent() - uniform(random)))
                                   : to_code(format, sign * std::exp2(lowest + 3 * uniform(random)));
        break;
      case Family::small_integers:
        code = to_code(format, static_cast<double>(random() % 9) - 4.0);
        break;
      case Family::positive:
        code = to_code(format, uniform(random));
        break;
      case Family::sparse:
        code = random() % 8 == 0 ? finite_bits() : std::uint8_t{0};
        break;
      case Family::bounded_span: {
        // Multiples of 2^(8 - span) below 2^9, with another span every 256 elements: sums that just lose nothing.
        const int span = 8 + static_cast<int>(&code - codes.data()) / 256 % 7;
        const double significand = 1.0 + static_cast<double>(random() % 8) / 8;
        code = random() % 4 == 0
                   ? to_code(format, sign * std::exp2(8 - span))
                   : to_code(format, sign * significand * std::exp2(8 - static_cast<int>(random() % (span - 2))));
        break;
      }
      case Family::nan_and_infinity:
        code = random() % 512 == 0 ? static_cast<std::uint8_t>(random() & (format.code_count() - 1u))
                                   : to_code(format, normal(random));
        break;
    }
  }
  return codes;
}

/// Addends: zero, ordinary, of every exponent, special.
inline std::vector<float> addends(std::size_t count, std::uint64_t seed, bool every_magnitude) {
  std::mt19937_64 random(seed);
  std::vector<float> c(count);
  for (auto& x : c) {
    const auto kind = random() % 8;
    if (every_magnitude && kind < 4)
      x = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    else if (kind == 4)
      x = (random() & 1) != 0 ? 0.0f : -0.0f;
    else
      x = static_cast<float>((static_cast<double>(random() % 2000001) - 1e6) *
                             std::exp2(-20.0 - static_cast<double>(random() % 20)));
  }
  return c;
}

struct Problem {
  TensorCoreProduct product{};
  formats::Spec a_format = formats::e4m3;
  formats::Spec b_format = formats::e4m3;
  Family family = Family::gaussian;
  std::int64_t m = 8, n = 64, k = 128;
  bool accumulate = false;
  bool every_magnitude = false;
  std::uint64_t seed = 1;
  std::vector<float> c{};  ///< repeated; empty: drawn
};

inline std::string describe(const Problem& p) {
  return to_string(p.product) + " family " + std::to_string(static_cast<int>(p.family)) + " a mantissa " +
         std::to_string(p.a_format.mantissa_bits) + " b mantissa " + std::to_string(p.b_format.mantissa_bits) + " " +
         std::to_string(p.m) + "x" + std::to_string(p.n) + "x" + std::to_string(p.k) +
         (p.accumulate ? " accumulate" : "") + " seed " + std::to_string(p.seed);
}

/// The operands of a problem and D by one engine on one instruction set.
class Comparison {
 public:
  explicit Comparison(const Problem& problem)
      : p_(problem),
        a_(family_codes(p_.family, p_.a_format, static_cast<std::size_t>(p_.m * p_.k), p_.seed * 3)),
        b_(family_codes(p_.family, p_.b_format, static_cast<std::size_t>(p_.n * p_.k), p_.seed * 3 + 1)),
        c_(addends(static_cast<std::size_t>(p_.m * p_.n), p_.seed * 3 + 2, p_.every_magnitude)) {
    for (std::size_t i = 0; i < c_.size() && !p_.c.empty(); ++i) c_[i] = p_.c[i % p_.c.size()];
  }

  std::vector<float> run(std::optional<StepRung> rung, machine::InstructionSet set) const {
    const auto before = machine::instruction_set();
    machine::use_instruction_set(set);
    const auto engine = make_tensor_core(p_.product, rung);
    std::vector<float> d = c_;
    engine->multiply(*engine->pack(Side::a, Operand::of_codes(a_.data(), p_.a_format, p_.m, p_.k)),
                     *engine->pack(Side::b, Operand::of_codes(b_.data(), p_.b_format, p_.n, p_.k)), d.data(), p_.n,
                     p_.accumulate);
    machine::use_instruction_set(before);
    return d;
  }

  /// Compares every rung on every instruction set with the reference; returns the number of outputs compared.
  std::int64_t check() const {
    const std::vector<float> expected = run(std::nullopt, machine::InstructionSet::scalar);
    std::int64_t compared = 0;
    for (const auto set :
         {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512}) {
      if (!machine::available(set)) continue;
      for (const StepRung rung : {StepRung::integer, StepRung::fma, StepRung::fused}) {
        if (set == machine::InstructionSet::scalar && rung != StepRung::fused) continue;  // there all are one
        const std::vector<float> d = run(rung, set);
        compared += static_cast<std::int64_t>(d.size());
        for (std::size_t i = 0; i < d.size(); ++i) {
          if (std::bit_cast<std::uint32_t>(d[i]) == std::bit_cast<std::uint32_t>(expected[i])) continue;
          ADD_FAILURE() << describe(p_) << ": " << machine::name(set) << " rung " << static_cast<int>(rung) << " gives "
                        << std::hex << std::bit_cast<std::uint32_t>(d[i]) << " for "
                        << std::bit_cast<std::uint32_t>(expected[i]) << " at " << std::dec
                        << static_cast<std::int64_t>(i) / p_.n << ", " << static_cast<std::int64_t>(i) % p_.n << ", c "
                        << c_[i];
          return compared;
        }
      }
    }
    return compared;
  }

 private:
  Problem p_;
  std::vector<std::uint8_t> a_, b_;
  std::vector<float> c_;
};

}  // namespace octavo::sim::gemm
