// Casting and multiplying under a rule.
#include "sim/nn/linear.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "sim/nn/baseline.h"
#include "sim/nn/parallel.h"
#include "sim/nn/reduce.h"

namespace octavo::sim::nn {
namespace {

using scaling::Role;

constexpr auto fprop = static_cast<std::size_t>(scaling::Product::fprop);
constexpr auto dgrad = static_cast<std::size_t>(scaling::Product::dgrad);
constexpr auto wgrad = static_cast<std::size_t>(scaling::Product::wgrad);

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

void Linear<float>::apply(const scaling::LinearRule& rule, scaling::Baseline baseline, const LinearEngines& engines,
                          bool measure) {
  constexpr std::array<std::array<Role, 2>, scaling::kProductCount> operands{
      {{Role::activation, Role::weight}, {Role::gradient, Role::weight}, {Role::gradient, Role::activation}}};
  LinearEngines chosen = engines;
  for (std::size_t product = 0; product < chosen.size(); ++product)
    if (!chosen[product]->takes_values() && !(rule[operands[product][0]] && rule[operands[product][1]]))
      chosen[product] = std::shared_ptr<const gemm::Engine>(&baseline_engine(), [](const gemm::Engine*) {});
  const std::optional<scaling::Cast>& weight_rule = rule[Role::weight];
  const bool same_weight = ready_ && rule_[Role::weight] == weight_rule && baseline_ == baseline &&
                           engines_[fprop] == chosen[fprop] && (!measure || !weight_rule || weight_outcome_);
  const bool same_transposed = ready_ && same_weight && engines_[dgrad] == chosen[dgrad];
  rule_ = rule;
  baseline_ = baseline;
  engines_ = chosen;
  if (!same_transposed) transposed_ = nullptr;
  if (same_weight) return;
  ready_ = false;
  std::vector<float> storage;
  const std::span<const float> values = weight_values(storage);
  weight_bias_ = 0;
  weight_outcome_ = nullptr;
  if (weight_rule) {
    const CastTensor codes = cast(values, *weight_rule, measure);
    weight_bias_ = codes.bias;
    weight_outcome_ = codes.outcome;
    packed_ = engines_[fprop]->pack(gemm::Side::b,
                                    gemm::Operand::of_codes(codes.codes.get(), weight_rule->format, outputs_, inputs_));
  } else {
    packed_ = engines_[fprop]->pack(gemm::Side::b, gemm::Operand::of_values(values.data(), outputs_, inputs_));
  }
  rounded_bias_.assign(bias_values_.begin(), bias_values_.end());
  round_to(baseline, rounded_bias_.data(), static_cast<std::int64_t>(rounded_bias_.size()));
  ready_ = true;
}

// The weight in the baseline type, in `storage` where that is another.
std::span<const float> Linear<float>::weight_values(std::vector<float>& storage) const {
  if (baseline_ == scaling::Baseline::fp32) return weight_;
  storage.assign(weight_.begin(), weight_.end());
  round_to(baseline_, storage.data(), static_cast<std::int64_t>(storage.size()));
  return storage;
}

// w^T for dgrad. Casting anew costs less than keeping the codes of every model that only infers.
const gemm::Packed& Linear<float>::transposed_weight() {
  if (transposed_) return *transposed_;
  std::vector<float> storage;
  const std::span<const float> values = weight_values(storage);
  CastTensor codes;
  gemm::Operand operand{.rows = inputs_, .depth = outputs_, .row_stride = 1, .depth_stride = inputs_};
  if (const auto& rule = rule_[Role::weight]) {
    codes = cast(values, *rule, false);
    operand.codes = codes.codes.get();
    operand.format = rule->format;
  } else {
    operand.values = values.data();
  }
  transposed_ = engines_[dgrad]->pack(gemm::Side::b, operand);
  return *transposed_;
}

void Linear<float>::observe_weight(CastObserver& observer) const {
  if (weight_outcome_ && observer.wants(number_, Role::weight))
    observer.observe(number_, Role::weight, *weight_outcome_);
}

void Linear<float>::forward(LinearInput<float>& x, float* y, CastObserver* observer, KeptInput<float>* kept) const {
  assert(ready_ && x.depth_ == inputs_);
  const std::optional<scaling::Cast>& rule = rule_[Role::activation];
  const bool record = rule && observer != nullptr && observer->wants(number_, Role::activation);
  const gemm::Engine& engine = *engines_[fprop];
  const std::span<const float> values(x.x_, static_cast<std::size_t>(x.rows_ * x.depth_));
  const bool reusable =
      x.packed_ && x.rule_ == rule && x.engine_ == &engine && (!record || (x.cast_ && x.cast_->outcome));
  if (!reusable) {
    if (rule) {
      x.cast_ = std::make_shared<const CastTensor>(cast(values, *rule, record));
      x.packed_ =
          engine.pack(gemm::Side::a, gemm::Operand::of_codes(x.cast_->codes.get(), rule->format, x.rows_, x.depth_));
    } else {
      x.cast_ = nullptr;
      x.packed_ = engine.pack(gemm::Side::a, gemm::Operand::of_values(x.x_, x.rows_, x.depth_));
    }
    x.rule_ = rule;
    x.engine_ = &engine;
  }
  if (record) observer->observe(number_, Role::activation, *x.cast_->outcome);
  if (observer != nullptr) observer->inspect(number_, LinearTensor::x, values);
  engine.multiply(*x.packed_, *packed_, y, outputs_);
  unscale(y, x.rows_, outputs_, (x.cast_ ? x.cast_->bias : 0) + weight_bias_, rounded_bias_);
  round_to(baseline_, y, x.rows_ * outputs_);
  if (observer != nullptr)
    observer->inspect(number_, LinearTensor::y, {y, static_cast<std::size_t>(x.rows_ * outputs_)});
  if (kept == nullptr) return;
  if (!rule && !x.values_) x.values_ = std::make_shared<const std::vector<float>>(values.begin(), values.end());
  *kept = {x.rows_, x.cast_, rule ? nullptr : x.values_};
}

void Linear<float>::backward(const KeptInput<float>& x, const float* dy, float* dx, bool add,
                             LinearGradients<float> gradients, CastObserver* observer) {
  assert(ready_);
  const std::span<const float> values(dy, static_cast<std::size_t>(x.rows * outputs_));
  const std::optional<scaling::Cast>& rule = rule_[Role::gradient];
  const bool record = rule && observer != nullptr && observer->wants(number_, Role::gradient);
  std::optional<CastTensor> codes;
  if (rule) codes = cast(values, *rule, record);
  if (record) observer->observe(number_, Role::gradient, *codes->outcome);
  if (observer != nullptr) observer->inspect(number_, LinearTensor::dy, values);
  if (gradients.bias != nullptr) {
    std::vector<float> total(static_cast<std::size_t>(outputs_));
    sum_over_rows<float>(x.rows, outputs_, total.data(), [&](std::int64_t t, float* partial) {
      for (std::int64_t n = 0; n < outputs_; ++n) partial[n] += dy[t * outputs_ + n];
    });
    round_to(baseline_, total.data(), outputs_);
    for (std::int64_t n = 0; n < outputs_; ++n) gradients.bias[n] += total[static_cast<std::size_t>(n)];
  }
  const CastTensor* cast_dy = codes ? &*codes : nullptr;
  if (dx != nullptr) input_gradient(dy, cast_dy, x.rows, dx, add, observer);
  weight_gradient(x, dy, cast_dy, gradients.weight, observer);
}

void Linear<float>::input_gradient(const float* dy, const CastTensor* codes, std::int64_t rows, float* dx, bool add,
                                   CastObserver* observer) {
  const std::int64_t elements = rows * inputs_;
  const gemm::Operand operand =
      codes != nullptr ? gemm::Operand::of_codes(codes->codes.get(), rule_[Role::gradient]->format, rows, outputs_)
                       : gemm::Operand::of_values(dy, rows, outputs_);
  const auto product = add ? std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(elements)) : nullptr;
  float* result = add ? product.get() : dx;
  const gemm::Packed& weight = transposed_weight();
  engines_[dgrad]->multiply(*engines_[dgrad]->pack(gemm::Side::a, operand), weight, result, inputs_);
  unscale(result, rows, inputs_, (codes != nullptr ? codes->bias : 0) + weight_bias_, {});
  round_to(baseline_, result, elements);
  if (observer != nullptr) observer->inspect(number_, LinearTensor::dx, {result, static_cast<std::size_t>(elements)});
  if (!add) return;
#pragma omp parallel for schedule(static) if (elements > kWorthThreads)
  for (std::int64_t i = 0; i < elements; ++i) dx[i] += result[i];
  round_to(baseline_, dx, elements);
}

void Linear<float>::weight_gradient(const KeptInput<float>& x, const float* dy, const CastTensor* codes, float* dw,
                                    CastObserver* observer) const {
  gemm::Operand left{.rows = outputs_, .depth = x.rows, .row_stride = 1, .depth_stride = outputs_};
  if (codes != nullptr) {
    left.codes = codes->codes.get();
    left.format = rule_[Role::gradient]->format;
  } else {
    left.values = dy;
  }
  gemm::Operand right{.rows = inputs_, .depth = x.rows, .row_stride = 1, .depth_stride = inputs_};
  if (x.cast) {
    right.codes = x.cast->codes.get();
    right.format = rule_[Role::activation]->format;
  } else {
    right.values = x.values->data();
  }
  const std::int64_t elements = outputs_ * inputs_;
  const auto product = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(elements));
  const gemm::Engine& engine = *engines_[wgrad];
  engine.multiply(*engine.pack(gemm::Side::a, left), *engine.pack(gemm::Side::b, right), product.get(), inputs_);
  unscale(product.get(), outputs_, inputs_, (codes != nullptr ? codes->bias : 0) + (x.cast ? x.cast->bias : 0), {});
  round_to(baseline_, product.get(), elements);
  if (observer != nullptr)
    observer->inspect(number_, LinearTensor::dw, {product.get(), static_cast<std::size_t>(elements)});
#pragma omp parallel for schedule(static) if (elements > kWorthThreads)
  for (std::int64_t i = 0; i < elements; ++i) dw[i] += product[static_cast<std::size_t>(i)];
}

}  // namespace octavo::sim::nn
