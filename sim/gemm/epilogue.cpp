// The epilogue, one output at a time.
#include "sim/gemm/epilogue.h"

#include <bit>
#include <cmath>

#include "formats/decode.h"
#include "formats/encode.h"
#include "sim/gemm/promote.h"

namespace octavo::sim::gemm {

float epilogue_value(const Epilogue& epilogue, float accumulator, float bias, float c) {
  const float scale = (epilogue.alpha * epilogue.a_scale) * epilogue.b_scale;
  float value = std::fma(scale, accumulator, bias);
  if (epilogue.beta != 0) value = std::fma(epilogue.beta * epilogue.c_scale, c, value);
  return canonical(value);
}

std::uint32_t epilogue_output(const Epilogue& epilogue, float value) {
  if (!epilogue.output) return std::bit_cast<std::uint32_t>(canonical(value));
  const bool small = epilogue.output->bits() <= 8;
  const float scaled = small ? value * epilogue.output_scale : value;
  return formats::encode(*epilogue.output, formats::Rounding::nearest_even,
                         small ? formats::Overflow::saturate : formats::Overflow::special, scaled);
}

float output_value(const Epilogue& epilogue, std::uint32_t bits) {
  if (!epilogue.output) return std::bit_cast<float>(bits);
  return canonical(static_cast<float>(formats::decode(*epilogue.output, bits)));
}

float apply_epilogue(const Epilogue& epilogue, const float* accumulator, std::int64_t ld, const float* bias,
                     const float* c, std::int64_t m, std::int64_t n, std::uint32_t* d) {
  float amax = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      const float value = epilogue_value(epilogue, accumulator[i * ld + j], bias == nullptr ? 0.0f : bias[j],
                                         c == nullptr ? 0.0f : c[i * ld + j]);
      if (std::isnan(value) || std::fabs(value) > amax) amax = std::isnan(amax) ? amax : std::fabs(value);
      d[i * n + j] = epilogue_output(epilogue, value);
    }
  }
  return amax;
}

}  // namespace octavo::sim::gemm
