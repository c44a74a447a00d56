// What a library does to the accumulated product: scales, bias, the old output, amax, and the output type.
#pragma once

#include <cstdint>
#include <optional>

#include "formats/spec.h"

namespace octavo::sim::gemm {

/// D = output_scale * z with s = (alpha * a_scale) * b_scale, z = s * acc + bias, then z = (beta * c_scale) * C + z.
/// CUTLASS's ScaledLinCombPerRowBias...AmaxAux, cuBLASLt's documented formula and, with alpha = 1 and no bias,
/// torch._scaled_mm as recorded on an H100 PCIe (mmaemu 0.1.0).
struct Epilogue {
  float alpha = 1;
  float beta = 0;
  float a_scale = 1;
  float b_scale = 1;
  float c_scale = 1;
  float output_scale = 1;                 ///< used by outputs of at most 8 bits only
  std::optional<formats::Spec> output{};  ///< nothing: f32

  bool operator==(const Epilogue&) const = default;
};

/// The value before the output scale and type, every operation rounded once to f32 (products of scales, then FMAs). `c`
/// is not read if beta is 0. Without bias pass 0: fma(s, acc, +0) turns a product of -0 into +0, as recorded.
float epilogue_value(const Epilogue& epilogue, float accumulator, float bias, float c);

/// Bits of the output type: codes (nearest even; formats of at most 8 bits saturate, others overflow to infinity), or
/// f32.
std::uint32_t epilogue_output(const Epilogue& epilogue, float value);

/// The bits of the output type as a float.
float output_value(const Epilogue& epilogue, std::uint32_t bits);

/// Runs the epilogue over an m x n accumulator with row stride ld. `bias` (n values) and `c` (like the accumulator) may
/// be null. Output bits go to `d` (m x n, row stride n). Returns amax: the largest |value| before the output scale, NaN
/// if any value is NaN.
float apply_epilogue(const Epilogue& epilogue, const float* accumulator, std::int64_t ld, const float* bias,
                     const float* c, std::int64_t m, std::int64_t n, std::uint32_t* d);

}  // namespace octavo::sim::gemm
