// Casting and multiplying under a rule.
#include "sim/nn/linear/linear.h"

#include <array>
#include <cassert>
#include <utility>

#include "machine/share.h"
#include "scaling/nibbles.h"
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

/// Of a backward product: engines of values take each operand as its own scales allow.
gemm::ProductPlan of_operand(const gemm::ProductPlan& both, const gemm::Engine& engine, const gemm::ScaleShape& shape) {
  if (!engine.takes_values()) return both;
  return {shape.is_tensor() ? gemm::ScalePlacement::after : gemm::ScalePlacement::before, 0};
}

}  // namespace

bool casts_both(const scaling::LinearRule& rule, scaling::LinearProduct product) {
  constexpr std::array<std::array<Role, 2>, scaling::kLinearProductCount> operands{
      {{Role::activation, Role::weight}, {Role::gradient, Role::weight}, {Role::gradient, Role::activation}}};
  const auto& [a, b] = operands[static_cast<std::size_t>(product)];
  return rule[a] && rule[b];
}

Linear<float>::Linear(int number, std::span<const float> weight, std::span<const float> bias, std::int64_t outputs,
                      std::int64_t inputs)
    : number_(number), weight_(weight), bias_values_(bias), outputs_(outputs), inputs_(inputs) {
  assert(static_cast<std::int64_t>(weight.size()) == outputs * inputs);
  assert(bias.empty() || static_cast<std::int64_t>(bias.size()) == outputs);
}

void Linear<float>::weight_changed(std::uint64_t draw) {
  ready_ = false;
  weight_draw_ = draw;
}

// False if the weight's history asks for another scale than that of its cast.
bool Linear<float>::has_scale_of_history() const {
  const std::optional<scaling::Cast>& rule = rule_[Role::weight];
  if (!rule || !scaling::has_history(rule->scaling)) return true;
  const scaling::Observation seen{weight_amax_, weight_amax_};
  const scaling::Scale wanted = history_.weight ? scaling::scale(rule->scaling, rule->format, seen, *history_.weight)
                                                : scaling::scale(rule->scaling, rule->format, seen);
  return wanted.factor == weight_scale_.factor;
}

void Linear<float>::apply(const scaling::LinearRule& rule, scaling::Baseline baseline, const LinearEngines& engines,
                          bool measure, bool backward) {
  LinearEngines chosen = engines;
  for (std::size_t product = 0; product < chosen.size(); ++product)
    if (!chosen[product]->takes_values() && !casts_both(rule, static_cast<scaling::LinearProduct>(product)))
      chosen[product] = std::shared_ptr<const gemm::Engine>(&baseline_engine(), [](const gemm::Engine*) {});
  const std::optional<scaling::Cast>& weight_rule = rule[Role::weight];
  const gemm::ProductPlan plan =
      gemm::plan_product(*chosen[fprop], scale_shape(rule[Role::activation]), scale_shape(weight_rule), inputs_);
  const bool same_weight = ready_ && rule_[Role::weight] == weight_rule && baseline_ == baseline &&
                           engines_[fprop] == chosen[fprop] && packed_.plan == plan &&
                           (!measure || !weight_rule || weight_outcome_) && has_scale_of_history();
  const bool same_transposed =
      same_weight && engines_[dgrad] == chosen[dgrad] && rule_[Role::gradient] == rule[Role::gradient];
  rule_ = rule;
  baseline_ = baseline;
  engines_ = chosen;
  if (!same_transposed) transposed_ = {};
  if (same_weight && (!backward || !transposed_.parts.empty())) return;
  ready_ = false;
  std::vector<float> storage;
  const std::span<const float> values = weight_values(storage);
  std::optional<CastTensor> codes;
  if (weight_rule) codes = cast_weight(values, measure);
  const CastTensor* cast = codes ? &*codes : nullptr;
  packed_ = pack(*engines_[fprop], gemm::Side::b, plan, values, cast, weight_rule, {outputs_, inputs_});
  if (backward) pack_transposed_weight(values, cast);
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

CastTensor Linear<float>::cast_weight(std::span<const float> values, bool measure) {
  const scaling::Cast& rule = *rule_[Role::weight];
  CastTensor codes = scaling::cast(values, inputs_, rule, measure, history_.weight ? &*history_.weight : nullptr,
                                   random_stream(weight_draw_, number_, Role::weight, false));
  weight_outcome_ = codes.outcome;
  weight_amax_ = codes.amax;
  weight_scale_ = codes.scale();
  return codes;
}

// w^T for dgrad: from the codes of the forward pass, or cast with blocks along the outputs, which dgrad sums over.
void Linear<float>::pack_transposed_weight(std::span<const float> values, const CastTensor* codes) {
  const std::optional<scaling::Cast>& rule = rule_[Role::weight];
  const gemm::Engine& engine = *engines_[dgrad];
  const bool turn = must_turn(rule);
  const gemm::ScaleShape shape = scale_shape(rule, !turn);
  const gemm::ProductPlan plan =
      of_operand(gemm::plan_product(engine, scale_shape(rule_[Role::gradient]), shape, outputs_), engine, shape);
  if (!turn) {
    transposed_ = pack(engine, gemm::Side::b, plan, values, codes, rule, {outputs_, inputs_, true});
    return;
  }
  const std::vector<float> other_way = turned(values, outputs_, inputs_);
  const CastTensor cast = scaling::cast(other_way, outputs_, *rule, false, nullptr,
                                        random_stream(weight_draw_, number_, Role::weight, true));
  transposed_ = pack(engine, gemm::Side::b, plan, other_way, &cast, rule, {inputs_, outputs_});
}

LinearHistory Linear<float>::exchange_history(LinearHistory history) {
  std::swap(history, history_);
  return history;
}

void Linear<float>::advance(scaling::Advance end, LinearAmax& seen) {
  const auto take = [&](Role role, scaling::AmaxHistory& past, std::optional<formats::MeasuredAmax>& amax) {
    const std::optional<scaling::Cast>& rule = rule_[role];
    if (!rule || !amax || scaling::advances_at(rule->scaling) != end) return;
    scaling::advance(rule->scaling, rule->format, past, *amax);
    amax.reset();
  };
  take(Role::activation, history_.input, seen.input);
  take(Role::gradient, history_.gradient, seen.gradient);
  std::optional<formats::MeasuredAmax> of_weight = weight_amax_;
  if (history_.weight) take(Role::weight, *history_.weight, of_weight);
}

void Linear<float>::observe_weight(CastObserver& observer) const {
  if (weight_outcome_ && observer.wants(number_, Role::weight))
    observer.observe(number_, Role::weight, *weight_outcome_);
}

void Linear<float>::forward(LinearInput<float>& x, float* y, const CastPass& pass, KeptInput<float>* kept) const {
  assert(ready_ && x.depth_ == inputs_);
  const std::optional<scaling::Cast>& rule = rule_[Role::activation];
  CastObserver* observer = pass.observer;
  const bool record = rule && observer != nullptr && observer->wants(number_, Role::activation);
  const gemm::Engine& engine = *engines_[fprop];
  const std::span<const float> values(x.x_, static_cast<std::size_t>(x.rows_ * x.depth_));
  const bool with_history = rule && scaling::has_history(rule->scaling);
  const bool reusable = !with_history && !x.packed_.parts.empty() && x.rule_ == rule && x.engine_ == &engine &&
                        x.packed_.plan == packed_.plan && (!record || (x.cast_ && x.cast_->outcome));
  if (!reusable) {
    x.cast_ = rule ? std::make_shared<const CastTensor>(
                         scaling::cast(values, inputs_, *rule, record, &history_.input,
                                       random_stream(pass.draw, number_, Role::activation, false)))
                   : nullptr;
    x.kept_ = nullptr;
    x.packed_ = pack(engine, gemm::Side::a, packed_.plan, values, x.cast_.get(), rule, {x.rows_, inputs_});
    x.rule_ = rule;
    x.engine_ = &engine;
  }
  if (with_history && pass.seen != nullptr) add((*pass.seen)[static_cast<std::size_t>(number_)].input, x.cast_->amax);
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
  *kept = {x.rows_, kept_cast(x, values, pass), rule ? nullptr : x.values_};
}

// What wgrad will read, which sums over rows.
std::shared_ptr<const CastTensor> Linear<float>::kept_cast(LinearInput<float>& x, std::span<const float> values,
                                                           const CastPass& pass) const {
  const std::optional<scaling::Cast>& rule = rule_[Role::activation];
  const bool turn = must_turn(rule);
  const bool by_nibbles = rule && rule->format.bits() <= 4;
  if (!turn && !by_nibbles) return x.cast_;
  if (x.kept_) return x.kept_;
  const auto kept = std::make_shared<CastTensor>();
  if (turn) {
    *kept = scaling::cast(turned(values, x.rows_, inputs_), x.rows_, *rule, false, nullptr,
                          random_stream(pass.draw, number_, Role::activation, true));
  } else {
    kept->scales = x.cast_->scales;
    kept->scale_codes = x.cast_->scale_codes;
    kept->tensor_inverse = x.cast_->tensor_inverse;
  }
  if (by_nibbles) {
    const std::uint8_t* codes = turn ? kept->codes.get() : x.cast_->codes.get();
    kept->codes = scaling::two_a_byte({codes, values.size()});
    kept->nibbles = true;
  }
  x.kept_ = kept;
  return kept;
}

void Linear<float>::backward(const KeptInput<float>& x, const float* dy, float* dx, bool add_to,
                             LinearGradients<float> gradients, const CastPass& pass) {
  assert(ready_);
  const std::span<const float> values(dy, static_cast<std::size_t>(x.rows * outputs_));
  const std::optional<scaling::Cast>& rule = rule_[Role::gradient];
  CastObserver* observer = pass.observer;
  const bool record = rule && observer != nullptr && observer->wants(number_, Role::gradient);
  std::optional<CastTensor> codes;
  if (rule)
    codes = scaling::cast(values, outputs_, *rule, record, &history_.gradient,
                          random_stream(pass.draw, number_, Role::gradient, false));
  if (rule && scaling::has_history(rule->scaling) && pass.seen != nullptr)
    add((*pass.seen)[static_cast<std::size_t>(number_)].gradient, codes->amax);
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
  if (dx != nullptr) input_gradient(values, cast_dy, x.rows, dx, add_to, observer);
  weight_gradient(x, values, cast_dy, pass, gradients.weight);
}

void Linear<float>::input_gradient(std::span<const float> dy, const CastTensor* codes, std::int64_t rows, float* dx,
                                   bool add_to, CastObserver* observer) {
  if (transposed_.parts.empty()) {  // apply() was not told of a backward pass
    std::vector<float> storage;
    const std::span<const float> weight = weight_values(storage);
    std::optional<CastTensor> cast;
    if (rule_[Role::weight] && !must_turn(rule_[Role::weight]))
      cast = scaling::cast(weight, inputs_, *rule_[Role::weight], false, history_.weight ? &*history_.weight : nullptr,
                           random_stream(weight_draw_, number_, Role::weight, false));
    pack_transposed_weight(weight, cast ? &*cast : nullptr);
  }
  const std::int64_t elements = rows * inputs_;
  const auto product = add_to ? std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(elements)) : nullptr;
  float* result = add_to ? product.get() : dx;
  const gemm::Engine& engine = *engines_[dgrad];
  const gemm::ScaleShape shape = scale_shape(rule_[Role::gradient]);
  const gemm::ProductPlan plan = engine.takes_values() ? of_operand({}, engine, shape) : transposed_.plan;
  gemm::multiply_scaled(engine, pack(engine, gemm::Side::a, plan, dy, codes, rule_[Role::gradient], {rows, outputs_}),
                        transposed_, result);
  round_to(baseline_, result, elements);
  if (observer != nullptr) observer->inspect(number_, LinearTensor::dx, {result, static_cast<std::size_t>(elements)});
  if (!add_to) return;
  machine::share(elements, 0.3, [&](std::int64_t i) { dx[i] += result[i]; });
  round_to(baseline_, dx, elements);
}

void Linear<float>::weight_gradient(const KeptInput<float>& x, std::span<const float> dy, const CastTensor* codes,
                                    const CastPass& pass, float* dw) const {
  const std::int64_t elements = outputs_ * inputs_;
  const auto product = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(elements));
  const gemm::Engine& engine = *engines_[wgrad];
  const std::optional<scaling::Cast>& dy_rule = rule_[Role::gradient];
  const std::optional<scaling::Cast>& x_rule = rule_[Role::activation];
  const bool turn_dy = must_turn(dy_rule);
  const bool turn_x = must_turn(x_rule);
  const gemm::ScaleShape dy_shape = scale_shape(dy_rule, !turn_dy);
  const gemm::ScaleShape x_shape = scale_shape(x_rule, !turn_x);
  const gemm::ProductPlan plan = gemm::plan_product(engine, dy_shape, x_shape, x.rows);
  std::vector<float> dy_turned;
  std::optional<CastTensor> turned_codes;
  if (turn_dy) {
    dy_turned = turned(dy, x.rows, outputs_);
    turned_codes = scaling::cast(dy_turned, x.rows, *dy_rule, false, nullptr,
                                 random_stream(pass.draw, number_, Role::gradient, true));
  }
  const gemm::ScaledOperand a = turn_dy ? pack(engine, gemm::Side::a, of_operand(plan, engine, dy_shape), dy_turned,
                                               &*turned_codes, dy_rule, {outputs_, x.rows})
                                        : pack(engine, gemm::Side::a, of_operand(plan, engine, dy_shape), dy, codes,
                                               dy_rule, {x.rows, outputs_, true});
  const std::span<const float> x_values(x.values.get(), x.values ? static_cast<std::size_t>(x.rows * inputs_) : 0);
  const MatrixShape x_layout = turn_x ? MatrixShape{inputs_, x.rows} : MatrixShape{x.rows, inputs_, true};
  gemm::multiply_scaled(
      engine, a,
      pack(engine, gemm::Side::b, of_operand(plan, engine, x_shape), x_values, x.cast.get(), x_rule, x_layout),
      product.get());
  round_to(baseline_, product.get(), elements);
  if (pass.observer != nullptr)
    pass.observer->inspect(number_, LinearTensor::dw, {product.get(), static_cast<std::size_t>(elements)});
  const float* added = product.get();
  machine::share(elements, 0.3, [&](std::int64_t i) { dw[i] += added[i]; });
}

}  // namespace octavo::sim::nn
