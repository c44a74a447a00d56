// Casting and multiplying under a rule.
#include "sim/nn/linear/linear.h"

#include <array>
#include <cassert>
#include <utility>

#include "machine/share.h"
#include "sim/nn/baseline.h"
#include "sim/nn/reduce.h"

namespace octavo::sim::nn {
namespace {

using scaling::Role;

constexpr auto fprop = static_cast<std::size_t>(scaling::LinearProduct::fprop);
constexpr auto dgrad = static_cast<std::size_t>(scaling::LinearProduct::dgrad);
constexpr auto wgrad = static_cast<std::size_t>(scaling::LinearProduct::wgrad);

/// y = y + bias, row by row.
void add_bias(float* y, std::int64_t rows, std::int64_t width, const std::vector<float>& bias) {
  if (bias.empty()) return;
  machine::share(rows, 0.3 * static_cast<double>(width), [&](std::int64_t t) {
    for (std::int64_t n = 0; n < width; ++n) y[t * width + n] += bias[static_cast<std::size_t>(n)];
  });
}

/// How an input of this rule is multiplied by a weight of that one.
gemm::ProductPlan forward_plan(const scaling::LinearRule& rule, const gemm::Engine& engine, std::int64_t depth) {
  return gemm::plan_product(engine, scale_shape(rule[Role::activation]), scale_shape(rule[Role::weight]), depth);
}

}  // namespace

Linear<float>::Linear(int number, std::span<const float> weight, std::span<const float> bias, std::int64_t outputs,
                      std::int64_t inputs)
    : number_(number), weight_(weight), bias_values_(bias), outputs_(outputs), inputs_(inputs) {
  assert(static_cast<std::int64_t>(weight.size()) == outputs * inputs);
  assert(bias.empty() || static_cast<std::int64_t>(bias.size()) == outputs);
}

void Linear<float>::apply(const scaling::LinearRule& rule, scaling::Baseline baseline, const LinearEngines& engines,
                          bool measure) {
  constexpr std::array<std::array<Role, 2>, scaling::kLinearProductCount> operands{
      {{Role::activation, Role::weight}, {Role::gradient, Role::weight}, {Role::gradient, Role::activation}}};
  LinearEngines chosen = engines;
  for (std::size_t product = 0; product < chosen.size(); ++product)
    if (!chosen[product]->takes_values() && !(rule[operands[product][0]] && rule[operands[product][1]]))
      chosen[product] = std::shared_ptr<const gemm::Engine>(&baseline_engine(), [](const gemm::Engine*) {});
  const std::optional<scaling::Cast>& weight_rule = rule[Role::weight];
  const gemm::ProductPlan plan = forward_plan(rule, *chosen[fprop], inputs_);
  const bool same_weight = ready_ && rule_[Role::weight] == weight_rule && baseline_ == baseline &&
                           engines_[fprop] == chosen[fprop] && packed_.plan == plan &&
                           (!measure || !weight_rule || weight_outcome_);
  const bool same_transposed = ready_ && same_weight && engines_[dgrad] == chosen[dgrad];
  rule_ = rule;
  baseline_ = baseline;
  engines_ = chosen;
  if (!same_transposed) transposed_ = {};
  if (same_weight) return;
  ready_ = false;
  std::vector<float> storage;
  const std::span<const float> values = weight_values(storage);
  CastTensor codes;
  if (weight_rule) codes = scaling::cast(values, inputs_, *weight_rule, measure);
  weight_outcome_ = codes.outcome;
  packed_ = pack(*engines_[fprop], gemm::Side::b, plan, values, weight_rule ? &codes : nullptr, weight_rule,
                 {outputs_, inputs_});
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
const gemm::ScaledOperand& Linear<float>::transposed_weight() {
  if (!transposed_.parts.empty()) return transposed_;
  std::vector<float> storage;
  const std::span<const float> values = weight_values(storage);
  const std::optional<scaling::Cast>& rule = rule_[Role::weight];
  CastTensor codes;
  if (rule) codes = scaling::cast(values, inputs_, *rule, false);
  transposed_ = pack_gradient_operand(*engines_[dgrad], gemm::Side::b, values, rule ? &codes : nullptr, rule,
                                      {outputs_, inputs_, true});
  return transposed_;
}

LinearHistory Linear<float>::exchange_history(LinearHistory history) {
  std::swap(history, history_);
  return history;
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
  const bool with_history = rule && scaling::has_history(rule->scaling);
  const bool reusable = !with_history && !x.packed_.parts.empty() && x.rule_ == rule && x.engine_ == &engine &&
                        x.packed_.plan == packed_.plan && (!record || (x.cast_ && x.cast_->outcome));
  if (!reusable) {
    x.cast_ = rule ? std::make_shared<const CastTensor>(scaling::cast(values, inputs_, *rule, record, &history_.input))
                   : nullptr;
    x.packed_ = pack(engine, gemm::Side::a, packed_.plan, values, x.cast_.get(), rule, {x.rows_, inputs_});
    x.rule_ = rule;
    x.engine_ = &engine;
  }
  if (record) observer->observe(number_, Role::activation, *x.cast_->outcome);
  if (observer != nullptr) observer->inspect(number_, LinearTensor::x, values);
  gemm::multiply_scaled(engine, x.packed_, packed_, y);
  add_bias(y, x.rows_, outputs_, rounded_bias_);
  round_to(baseline_, y, x.rows_ * outputs_);
  if (observer != nullptr)
    observer->inspect(number_, LinearTensor::y, {y, static_cast<std::size_t>(x.rows_ * outputs_)});
  if (kept == nullptr) return;
  if (!rule && !x.values_) {
    const auto copied = std::make_shared_for_overwrite<float[]>(values.size());
    machine::copy(values.data(), x.rows_ * x.depth_, copied.get());
    x.values_ = copied;
  }
  *kept = {x.rows_, x.cast_, rule ? nullptr : x.values_};
}

void Linear<float>::backward(const KeptInput<float>& x, const float* dy, float* dx, bool add,
                             LinearGradients<float> gradients, CastObserver* observer) {
  assert(ready_);
  const std::span<const float> values(dy, static_cast<std::size_t>(x.rows * outputs_));
  const std::optional<scaling::Cast>& rule = rule_[Role::gradient];
  const bool record = rule && observer != nullptr && observer->wants(number_, Role::gradient);
  std::optional<CastTensor> codes;
  if (rule) codes = scaling::cast(values, outputs_, *rule, record, &history_.gradient);
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
  const auto product = add ? std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(elements)) : nullptr;
  float* result = add ? product.get() : dx;
  const gemm::Engine& engine = *engines_[dgrad];
  gemm::multiply_scaled(engine,
                        pack_gradient_operand(engine, gemm::Side::a, {dy, static_cast<std::size_t>(rows * outputs_)},
                                              codes, rule_[Role::gradient], {rows, outputs_, false}),
                        transposed_weight(), result);
  round_to(baseline_, result, elements);
  if (observer != nullptr) observer->inspect(number_, LinearTensor::dx, {result, static_cast<std::size_t>(elements)});
  if (!add) return;
  machine::share(elements, 0.3, [&](std::int64_t i) { dx[i] += result[i]; });
  round_to(baseline_, dx, elements);
}

void Linear<float>::weight_gradient(const KeptInput<float>& x, const float* dy, const CastTensor* codes, float* dw,
                                    CastObserver* observer) const {
  const std::int64_t elements = outputs_ * inputs_;
  const auto product = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(elements));
  const gemm::Engine& engine = *engines_[wgrad];
  const std::span<const float> x_values(x.values.get(), x.values ? static_cast<std::size_t>(x.rows * inputs_) : 0);
  gemm::multiply_scaled(engine,
                        pack_gradient_operand(engine, gemm::Side::a, {dy, static_cast<std::size_t>(x.rows * outputs_)},
                                              codes, rule_[Role::gradient], {x.rows, outputs_, true}),
                        pack_gradient_operand(engine, gemm::Side::b, x_values, x.cast.get(), rule_[Role::activation],
                                              {x.rows, inputs_, true}),
                        product.get());
  round_to(baseline_, product.get(), elements);
  if (observer != nullptr)
    observer->inspect(number_, LinearTensor::dw, {product.get(), static_cast<std::size_t>(elements)});
  const float* added = product.get();
  machine::share(elements, 0.3, [&](std::int64_t i) { dw[i] += added[i]; });
}

}  // namespace octavo::sim::nn
