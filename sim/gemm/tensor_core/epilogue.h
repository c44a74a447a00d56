// What a library does to the accumulated product: scales, bias, the old output, amax, and the output type.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/spec.h"

namespace octavo::sim::gemm {

/// How alpha and the operands' scales meet the accumulator. Documentation of cuBLASLt leaves it open.
enum class ScaleOrder : std::uint8_t {
  alpha_a_b,   ///< s = (alpha * a_scale) * b_scale: CUTLASS
  alpha_b_a,   ///< s = (alpha * b_scale) * a_scale
  a_b_alpha,   ///< s = (a_scale * b_scale) * alpha
  one_by_one,  ///< acc is multiplied by a_scale, then by b_scale; s = alpha
};

/// How the scaled accumulator, bias and old output meet.
enum class AddendOrder : std::uint8_t {
  bias_inside,    ///< fma(s, acc, bias), then fma(beta c_scale, C, z): CUTLASS's ScaledLinComb...
  c_inside,       ///< fma(s, acc, (beta c_scale) C), then + bias
  c_before_bias,  ///< fma(beta c_scale, C, s acc), then + bias: CUTLASS's plain linear combination
  rounded,        ///< (s acc + (beta c_scale) C) + bias, every operation rounded
};

/// D = output_scale * z with s = (alpha * a_scale) * b_scale, z = s * acc + bias, then z = (beta * c_scale) * C + z.
/// CUTLASS's ScaledLinCombPerRowBias...AmaxAux, cuBLASLt's documented formula and, with alpha = 1 and no bias,
/// torch._scaled_mm as recorded on an H100 PCIe (mmaemu 0.1.0). `scales` and `addends` are other orders of the same
/// operations.
struct Epilogue {
  ScaleOrder scales = ScaleOrder::alpha_a_b;
  AddendOrder addends = AddendOrder::bias_inside;
  float alpha = 1;
  float beta = 0;
  float a_scale = 1;
  float b_scale = 1;
  float c_scale = 1;
  float output_scale = 1;                 ///< used by outputs of at most 8 bits only
  std::optional<formats::Spec> output{};  ///< nothing: f32

  bool operator==(const Epilogue&) const = default;
};

/// "(alpha a) b" and the like.
std::string_view name(ScaleOrder order);
/// "fma(s, acc, bias), then C" and the like.
std::string_view name(AddendOrder order);

/// The value before the output scale and type, every operation rounded once to f32 (products of scales, then FMAs). `c`
/// is not read if beta is 0. Without bias pass 0: fma(s, acc, +0) turns a product of -0 into +0, as recorded. (A bias
/// of -0 leaves every value as it is.)
float epilogue_value(const Epilogue& epilogue, float accumulator, float bias, float c);

/// Bits of the output type: codes (nearest even; formats of at most 8 bits saturate, others overflow to infinity), or
/// f32.
std::uint32_t epilogue_output(const Epilogue& epilogue, float value);

}  // namespace octavo::sim::gemm
