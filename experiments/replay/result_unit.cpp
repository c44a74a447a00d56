// Units of results.
#include "experiments/replay/result_unit.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "formats/catalog.h"
#include "formats/decode.h"

namespace octavo::experiments::replay {
namespace {

/// Bits behind the leading one, and the exponents.
struct Precision {
  int fraction_bits = 23;
  int min_exponent = -126;
  int max_exponent = 127;

  /// The value, or the number behind the largest for an infinity.
  double bounded(double value) const {
    return std::isinf(value) ? std::copysign(std::ldexp(1.0, max_exponent + 1), value) : value;
  }

  double last_place(double value) const {
    if (value == 0 || !std::isfinite(value)) return std::ldexp(1.0, min_exponent - fraction_bits);
    return std::ldexp(1.0, std::max(std::ilogb(value), min_exponent) - fraction_bits);
  }
};

Precision precision_of(sim::gemm::OutputRounding output) {
  switch (output) {
    case sim::gemm::OutputRounding::e8m13_toward_zero:
      return {13, -126, 127};
    case sim::gemm::OutputRounding::f16_nearest_even:
      return {10, -14, 15};
    case sim::gemm::OutputRounding::f32_toward_zero:
    case sim::gemm::OutputRounding::f32_nearest_even:
      break;
  }
  return {};
}

Precision precision_of(const formats::Spec& format) {
  return {format.mantissa_bits, format.min_exponent(), format.max_exponent()};
}

/// The output's format; nothing: f32.
std::optional<formats::Spec> output_format(const EmulatedProduct& product) {
  const std::optional<store::LibraryCall>& call = product.terms().call;
  if (call) {
    if (call->output == "f32") return std::nullopt;
    return call->output == "f16" ? formats::fp16 : formats::spec(call->output);
  }
  return product.width() == 16 ? std::optional(formats::fp16) : std::nullopt;
}

double largest(const std::vector<float>& scales) {
  double most = 0;
  for (const float scale : scales) most = std::max(most, std::fabs(static_cast<double>(scale)));
  return most;
}

/// The largest number among those of a call's bias or c.
double largest(const store::Bits& bits, const std::string& output) {
  double most = 0;
  for (const float value : values_beside(bits, output))
    if (std::isfinite(value)) most = std::max(most, std::fabs(static_cast<double>(value)));
  return most;
}

}  // namespace

double result_value(const EmulatedProduct& product, std::uint32_t bits) {
  const std::optional<formats::Spec> format = output_format(product);
  return format ? formats::decode(*format, bits) : static_cast<double>(std::bit_cast<float>(bits));
}

double result_distance(const EmulatedProduct& product, std::uint32_t recorded, std::uint32_t computed) {
  const std::optional<formats::Spec> format = output_format(product);
  const Precision output = format ? precision_of(*format) : Precision{};
  const double distance =
      std::fabs(output.bounded(result_value(product, recorded)) - output.bounded(result_value(product, computed)));
  return std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance;
}

double result_unit(const EmulatedProduct& product, std::int64_t result, std::uint32_t computed) {
  double unit = 0;
  double most = 0;
  const Precision sums = product.row() == nullptr ? Precision{} : precision_of(product.row()->output);
  for (const StepTrace& step : product.trace(result)) {
    for (const sim::gemm::GroupTrace& group : step.groups) {
      const double sum = product.row()->accumulator == formats::Accumulator::f16
                             ? formats::decode(formats::fp16, group.result)
                             : static_cast<double>(std::bit_cast<float>(group.result));
      if (group.special) return -1;
      unit += sim::gemm::slack(group) + sums.last_place(sum);
      if (std::isfinite(sum)) most = std::max(most, std::fabs(sum));
    }
  }
  // Sums of groups, parts and promoted pieces, and c where it is added to them, are rounded to f32 or f16.
  const std::optional<formats::Spec> format = output_format(product);
  const double rounding = std::ldexp(1.0, -20);
  if (const std::optional<store::LibraryCall>& call = product.terms().call) {
    const double scale =
        std::fabs(static_cast<double>(call->alpha)) * largest(call->a_scales) * largest(call->b_scales);
    double size = most * scale;
    if (call->bias) size = std::max(size, largest(*call->bias, call->output));
    if (product.terms().c)
      size = std::max(
          size, std::fabs(static_cast<double>(call->beta) * call->c_scale) * largest(*product.terms().c, call->output));
    const double last = format && format->bits() == 8 ? static_cast<double>(call->d_scale) : 1.0;
    unit = (unit * scale + size * rounding) * std::fabs(last);
  } else if (product.width() == 32) {
    unit += most * rounding;
  }
  const Precision output = format ? precision_of(*format) : Precision{};
  return unit + 2 * output.last_place(output.bounded(result_value(product, computed)));
}

}  // namespace octavo::experiments::replay
