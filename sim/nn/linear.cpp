// Casting and multiplying under a rule.
#include "sim/nn/linear.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "sim/nn/baseline.h"
#include "sim/nn/parallel.h"

namespace octavo::sim::nn {
namespace {

using scaling::Role;

// Pieces of a tensor that threads share; fixed, so that sums over pieces do not depend on the threads.
constexpr std::int64_t kPiece = 1 << 15;

template <class Function>
void for_pieces(std::int64_t count, const Function& function) {
  const std::int64_t pieces = (count + kPiece - 1) / kPiece;
#pragma omp parallel for schedule(static) if (pieces > 1)
  for (std::int64_t piece = 0; piece < pieces; ++piece)
    function(piece, piece * kPiece, std::min(kPiece, count - piece * kPiece));
}

formats::Amax amax_of(std::span<const float> x) {
  const auto count = static_cast<std::int64_t>(x.size());
  std::vector<formats::Amax> parts(static_cast<std::size_t>((count + kPiece - 1) / kPiece));
  for_pieces(count, [&](std::int64_t piece, std::int64_t start, std::int64_t length) {
    parts[static_cast<std::size_t>(piece)] =
        formats::amax(x.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(length)));
  });
  formats::Amax result;
  for (const formats::Amax& part : parts) result += part;
  return result;
}

// y = y * 2^-shift + bias, the product rounded once even if 2^-shift is no binary32 value.
void unscale(float* y, std::int64_t rows, std::int64_t width, int shift, const std::vector<float>& bias) {
  const double factor = std::ldexp(1.0, -shift);
#pragma omp parallel for schedule(static) if (rows * width > kWorthThreads)
  for (std::int64_t t = 0; t < rows; ++t) {
    float* row = y + t * width;
    if (shift != 0)
      for (std::int64_t n = 0; n < width; ++n) row[n] = static_cast<float>(static_cast<double>(row[n]) * factor);
    if (!bias.empty())
      for (std::int64_t n = 0; n < width; ++n) row[n] += bias[static_cast<std::size_t>(n)];
  }
}

}  // namespace

CastTensor cast(std::span<const float> x, const scaling::Cast& rule, bool with_outcome) {
  const auto count = static_cast<std::int64_t>(x.size());
  const formats::Amax amax = with_outcome || scaling::needs_observation(rule.scaling) ? amax_of(x) : formats::Amax{};
  CastTensor result;
  result.bias = scaling::bias(rule.scaling, rule.format, amax);
  result.codes = std::make_unique_for_overwrite<std::uint8_t[]>(x.size());
  const auto scale = static_cast<float>(std::ldexp(1.0, result.bias));
  if (!with_outcome) {
    for_pieces(count, [&](std::int64_t, std::int64_t start, std::int64_t length) {
      const auto first = static_cast<std::size_t>(start);
      const auto size = static_cast<std::size_t>(length);
      formats::encode(rule.format, formats::Overflow::saturate, x.subspan(first, size), scale,
                      {result.codes.get() + first, size});
    });
    return result;
  }
  struct Part {
    formats::CastStatistics statistics;
    std::array<std::uint64_t, 256> exponents{};
  };
  std::vector<Part> parts(static_cast<std::size_t>((count + kPiece - 1) / kPiece));
  for_pieces(count, [&](std::int64_t piece, std::int64_t start, std::int64_t length) {
    const auto first = static_cast<std::size_t>(start);
    const auto size = static_cast<std::size_t>(length);
    Part& part = parts[static_cast<std::size_t>(piece)];
    part.statistics = formats::encode_with_statistics(rule.format, formats::Overflow::saturate, x.subspan(first, size),
                                                      scale, {result.codes.get() + first, size});
    formats::exponent_histogram(x.subspan(first, size), part.exponents);
  });
  const auto kept = std::make_shared<CastOutcome>();
  CastOutcome& outcome = *kept;
  outcome.bias = result.bias;
  outcome.amax = amax;
  for (const Part& part : parts) {
    outcome.statistics += part.statistics;
    for (std::size_t bin = 0; bin < part.exponents.size(); ++bin) outcome.exponents[bin] += part.exponents[bin];
  }
  result.outcome = kept;
  return result;
}

Linear<float>::Linear(int number, std::span<const float> weight, std::span<const float> bias, std::int64_t outputs,
                      std::int64_t inputs)
    : number_(number), weight_(weight), bias_values_(bias), outputs_(outputs), inputs_(inputs) {
  assert(static_cast<std::int64_t>(weight.size()) == outputs * inputs);
  assert(bias.empty() || static_cast<std::int64_t>(bias.size()) == outputs);
}

void Linear<float>::apply(const scaling::LinearRule& rule, scaling::Baseline baseline,
                          const std::shared_ptr<const gemm::Engine>& engine) {
  const std::optional<scaling::Cast>& weight_rule = rule[Role::weight];
  const bool both_cast = weight_rule && rule[Role::activation];
  const bool use_engine = engine->takes_values() || both_cast;
  const std::shared_ptr<const gemm::Engine> chosen =
      use_engine ? engine : std::shared_ptr<const gemm::Engine>(&baseline_engine(), [](const gemm::Engine*) {});
  const bool same_weight = ready_ && rule_[Role::weight] == weight_rule && baseline_ == baseline && engine_ == chosen;
  if (!same_weight) {
    std::vector<float> rounded;
    std::span<const float> values = weight_;
    if (baseline != scaling::Baseline::fp32) {
      rounded.assign(weight_.begin(), weight_.end());
      round_to(baseline, rounded.data(), static_cast<std::int64_t>(rounded.size()));
      values = rounded;
    }
    if (weight_rule) {
      const CastTensor codes = cast(values, *weight_rule, true);
      weight_bias_ = codes.bias;
      weight_outcome_ = codes.outcome;
      packed_ = chosen->pack(gemm::Side::b,
                             gemm::Operand::of_codes(codes.codes.get(), weight_rule->format, outputs_, inputs_));
    } else {
      weight_bias_ = 0;
      weight_outcome_ = nullptr;
      packed_ = chosen->pack(gemm::Side::b, gemm::Operand::of_values(values.data(), outputs_, inputs_));
    }
    rounded_bias_.assign(bias_values_.begin(), bias_values_.end());
    round_to(baseline, rounded_bias_.data(), static_cast<std::int64_t>(rounded_bias_.size()));
  }
  rule_ = rule;
  baseline_ = baseline;
  engine_ = chosen;
  ready_ = true;
}

void Linear<float>::observe_weight(CastObserver& observer) const {
  if (weight_outcome_ && observer.wants(number_, Role::weight))
    observer.observe(number_, Role::weight, *weight_outcome_);
}

void Linear<float>::forward(LinearInput<float>& x, float* y, CastObserver* observer) const {
  assert(ready_ && x.depth_ == inputs_);
  const std::optional<scaling::Cast>& rule = rule_[Role::activation];
  const bool record = rule && observer != nullptr && observer->wants(number_, Role::activation);
  const bool reusable = x.packed_ && x.rule_ == rule && x.engine_ == engine_.get() && (!record || x.cast_.outcome);
  if (!reusable) {
    if (rule) {
      x.cast_ = cast({x.x_, static_cast<std::size_t>(x.rows_ * x.depth_)}, *rule, record);
      x.packed_ =
          engine_->pack(gemm::Side::a, gemm::Operand::of_codes(x.cast_.codes.get(), rule->format, x.rows_, x.depth_));
    } else {
      x.cast_ = {};
      x.packed_ = engine_->pack(gemm::Side::a, gemm::Operand::of_values(x.x_, x.rows_, x.depth_));
    }
    x.rule_ = rule;
    x.engine_ = engine_.get();
  }
  if (record) observer->observe(number_, Role::activation, *x.cast_.outcome);
  engine_->multiply(*x.packed_, *packed_, y, outputs_);
  unscale(y, x.rows_, outputs_, x.cast_.bias + weight_bias_, rounded_bias_);
  round_to(baseline_, y, x.rows_ * outputs_);
}

}  // namespace octavo::sim::nn
