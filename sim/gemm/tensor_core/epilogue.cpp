// The epilogue, one output at a time.
#include "sim/gemm/tensor_core/epilogue.h"

#include <bit>
#include <cmath>

#include "formats/encode.h"
#include "sim/gemm/tensor_core/promote.h"

namespace octavo::sim::gemm {

namespace {

float scale_of(const Epilogue& e) {
  switch (e.scales) {
    case ScaleOrder::alpha_a_b:
      return (e.alpha * e.a_scale) * e.b_scale;
    case ScaleOrder::alpha_b_a:
      return (e.alpha * e.b_scale) * e.a_scale;
    case ScaleOrder::a_b_alpha:
      return (e.a_scale * e.b_scale) * e.alpha;
    case ScaleOrder::one_by_one:
      return e.alpha;
  }
  return 0;
}

}  // namespace

std::string_view name(ScaleOrder order) {
  switch (order) {
    case ScaleOrder::alpha_a_b:
      return "(alpha a) b";
    case ScaleOrder::alpha_b_a:
      return "(alpha b) a";
    case ScaleOrder::a_b_alpha:
      return "(a b) alpha";
    case ScaleOrder::one_by_one:
      return "((acc a) b) alpha";
  }
  return "";
}

std::string_view name(AddendOrder order) {
  switch (order) {
    case AddendOrder::bias_inside:
      return "fma with bias, then C";
    case AddendOrder::c_inside:
      return "fma with C, then bias";
    case AddendOrder::c_before_bias:
      return "product, fma with C, bias";
    case AddendOrder::rounded:
      return "product, C and bias each rounded";
  }
  return "";
}

float epilogue_value(const Epilogue& epilogue, float accumulator, float bias, float c) {
  const float scale = scale_of(epilogue);
  if (epilogue.scales == ScaleOrder::one_by_one) accumulator = (accumulator * epilogue.a_scale) * epilogue.b_scale;
  const bool with_c = epilogue.beta != 0;
  const float c_factor = epilogue.beta * epilogue.c_scale;
  switch (epilogue.addends) {
    case AddendOrder::bias_inside: {
      const float value = std::fma(scale, accumulator, bias);
      return canonical(with_c ? std::fma(c_factor, c, value) : value);
    }
    case AddendOrder::c_inside:
      return canonical((with_c ? std::fma(scale, accumulator, c_factor * c) : scale * accumulator) + bias);
    case AddendOrder::c_before_bias:
      return canonical((with_c ? std::fma(c_factor, c, scale * accumulator) : scale * accumulator) + bias);
    case AddendOrder::rounded:
      return canonical((with_c ? scale * accumulator + c_factor * c : scale * accumulator) + bias);
  }
  return 0;
}

std::uint32_t epilogue_output(const Epilogue& epilogue, float value) {
  if (!epilogue.output) return std::bit_cast<std::uint32_t>(canonical(value));
  const bool small = epilogue.output->bits() <= 8;
  const float scaled = small ? value * epilogue.output_scale : value;
  return formats::encode(*epilogue.output, formats::Rounding::nearest_even,
                         small ? formats::Overflow::saturate : formats::Overflow::special, scaled);
}

}  // namespace octavo::sim::gemm
