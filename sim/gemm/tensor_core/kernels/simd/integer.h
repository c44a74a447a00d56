// The integer rung of the tensor-core ladder, portable: shifts and integer sums, vectorised by the compiler over
// columns. Included by simd/tensor_core.simd.cpp only.
#pragma once

#include <cstdint>
#include <cstring>

#include "sim/gemm/tensor_core/kernels/kernel.h"

namespace octavo::sim::gemm {
namespace {

struct IntegerA {
  std::int32_t magnitude[kStepRows][kStepDepth];  ///< 128..255 (2^7 times the significand), 0 for zero
  std::int32_t own[kStepRows][kStepDepth];        ///< exponent of the value
  std::int32_t aligned[kStepRows][kStepDepth];    ///< exponent that aligns, very small for zero
  std::int32_t sign[kStepRows][kStepDepth];       ///< 0 or -1
};

struct IntegerB {
  std::int32_t magnitude[kStepDepth][kStepColumns];
  std::int32_t own[kStepDepth][kStepColumns];
  std::int32_t aligned[kStepDepth][kStepColumns];
  std::int32_t sign[kStepDepth][kStepColumns];
};

constexpr std::int32_t kNoExponent = -1000;

std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

float float_of(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

double power(int exponent) {
  const std::uint64_t bits = static_cast<std::uint64_t>(exponent + 1023) << 52;
  double x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

void expand_integer(const StepOperand& table, std::uint8_t code, std::int32_t& magnitude, std::int32_t& own,
                    std::int32_t& aligned, std::int32_t& sign) {
  const int index = code & 0x7F;
  const int value = table.values[index];
  const int exponent = table.exponents[index];
  magnitude = exponent == 0 ? 0 : (value & 0x7F) | 0x80;
  own = (value >> 7) - 127;
  aligned = exponent == 0 ? kNoExponent : exponent - kExponentOffset;
  sign = -static_cast<std::int32_t>(code >> 7);
}

void integer_expand_a(const StepModel& model, const std::uint8_t* codes, std::int64_t row_stride, int rows,
                      void* block) {
  auto& to = *static_cast<IntegerA*>(block);
  for (int r = 0; r < kStepRows; ++r)
    for (int k = 0; k < model.depth; ++k)
      expand_integer(model.a, codes[(r < rows ? r : rows - 1) * row_stride + k], to.magnitude[r][k], to.own[r][k],
                     to.aligned[r][k], to.sign[r][k]);
}

void integer_expand_b(const StepModel& model, const std::uint8_t* codes, void* block) {
  auto& to = *static_cast<IntegerB*>(block);
  for (int k = 0; k < model.depth; ++k)
    for (int j = 0; j < kStepColumns; ++j)
      expand_integer(model.b, codes[k * kStepColumns + j], to.magnitude[k][j], to.own[k][j], to.aligned[k][j],
                     to.sign[k][j]);
}

/// x rounded to nearest even f16, as a float. |x| < 2^40.
float round_to_f16(double x) {
  const double magnitude = __builtin_fabs(x);
  if (magnitude >= 65520.0) return x < 0 ? -__builtin_inff() : __builtin_inff();
  std::uint64_t bits;
  std::memcpy(&bits, &magnitude, sizeof bits);
  const int exponent = static_cast<int>(bits >> 52) - 1023;
  const double unit = power((exponent < -14 ? -14 : exponent) - 10);
  const double big = unit * 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a multiple of `unit`
  const double rounded = (magnitude + big) - big;
  return static_cast<float>(__builtin_copysign(rounded, x));
}

/// total * 2^quantum as the model's accumulator rounds it (13 fraction bits: exact, the caller cuts).
float round_sum(const StepModel& model, std::int64_t total, int quantum) {
  const double sum = static_cast<double>(total) * power(quantum);  // exact: |total| < 2^34
  if (model.f16) return round_to_f16(sum);
  if (model.fraction_bits == 13) return static_cast<float>(sum);
  std::uint64_t bits;  // toward zero: cut the bits that f32 has not
  std::memcpy(&bits, &sum, sizeof bits);
  bits &= ~((std::uint64_t{1} << 29) - 1);
  double cut;
  std::memcpy(&cut, &bits, sizeof cut);
  return static_cast<float>(cut);
}

/// One row of a step. Integer is wide enough for a magnitude product (16 bits) times 2^fraction_bits.
template <typename Integer>
void integer_row(const StepModel& model, const IntegerA& a, int r, const IntegerB& b, float* state) {
  constexpr Integer kMostShift = sizeof(Integer) * 8 - 1;
  Integer largest[kStepColumns];
  Integer total[kStepColumns];
  for (int j = 0; j < kStepColumns; ++j) {
    const std::uint32_t c = bits_of(state[j]) & 0x7FFFFFFFu;
    const auto field = static_cast<Integer>(c >> 23);
    const Integer exponent = field - 127 < -14 && model.clamp_addend ? Integer{-14} : field - 127;
    largest[j] = c == 0 ? Integer{kNoExponent} : exponent;
  }
  for (int k = 0; k < model.depth; ++k) {
    const Integer exponent = a.aligned[r][k];
    for (int j = 0; j < kStepColumns; ++j) {
      const Integer sum = exponent + b.aligned[k][j];
      largest[j] = sum > largest[j] ? sum : largest[j];
    }
  }
  const int bits = model.fraction_bits;
  for (int j = 0; j < kStepColumns; ++j) {
    const std::uint32_t c = bits_of(state[j]);
    const auto significand = static_cast<Integer>((c & 0x007FFFFFu) | 0x00800000u);
    const Integer field = static_cast<Integer>(c >> 23 & 0xFFu);
    const Integer distance = largest[j] - (field - 127);
    const Integer shift = distance + 23 - bits;  // may be -2 with 25 fraction bits
    const Integer kept = shift >= 0 ? significand >> (shift < kMostShift ? shift : kMostShift) : significand << -shift;
    total[j] = field == 0 ? 0 : (c >> 31 != 0 ? -kept : kept);
  }
  for (int k = 0; k < model.depth; ++k) {
    const Integer magnitude = static_cast<Integer>(a.magnitude[r][k]) << bits;
    const Integer own = 14 - a.own[r][k];
    const Integer sign = a.sign[r][k];
    for (int j = 0; j < kStepColumns; ++j) {
      Integer shift = largest[j] + own - b.own[k][j];
      shift = shift < 0 ? 0 : shift > kMostShift ? kMostShift : shift;  // below 0 only beside a zero
      const Integer kept = (magnitude * b.magnitude[k][j]) >> shift;
      const Integer mask = sign ^ b.sign[k][j];
      total[j] += (kept ^ mask) - mask;
    }
  }
  for (int j = 0; j < kStepColumns; ++j) {
    if ((bits_of(state[j]) & 0x7F800000u) == 0x7F800000u) continue;  // an f16 sum that overflowed stays infinite
    state[j] = total[j] == 0 ? 0.0f : round_sum(model, total[j], static_cast<int>(largest[j]) - bits);
  }
}

void integer_step(const StepModel& model, const void* a_blocks, std::int64_t groups, const void* b_block,
                  float* state) {
  const auto* a = static_cast<const IntegerA*>(a_blocks);
  const auto& b = *static_cast<const IntegerB*>(b_block);
  for (std::int64_t group = 0; group < groups; ++group)
    for (int r = 0; r < kStepRows; ++r, state += kStepColumns) {
      if (model.fraction_bits == 13)
        integer_row<std::int32_t>(model, a[group], r, b, state);
      else
        integer_row<std::int64_t>(model, a[group], r, b, state);
    }
}

constexpr TensorCoreStep kIntegerStep{sizeof(IntegerA), sizeof(IntegerB), integer_expand_a, integer_expand_b,
                                      integer_step};

}  // namespace
}  // namespace octavo::sim::gemm
