// Margins under FP16 accumulation (P1, section 3.2): which outputs of the three products overflow, by margin.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

#include "experiments/studies/every_study.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/model/transformer.h"

namespace octavo::experiments::studies {
namespace {

using store::ClaimRow;
using store::OverflowRow;
using store::Tables;

using scaling::Role;
using sim::nn::LinearTensor;
using store::MarginOf;

constexpr int kLargestMargin = 8;
constexpr std::int64_t kSentences = 32;
constexpr const char* kForward = "y";  // of the three products

/// The inputs and output gradients of every linear layer of one training step.
class Operands : public sim::nn::CastObserver {
 public:
  bool wants(int, Role) const override { return false; }
  void observe(int, Role, const sim::nn::CastOutcome&) override {}
  void inspect(int linear, LinearTensor which, std::span<const float> values) override {
    if (linear < 0) return;  // the head, which is not cast
    if (which == LinearTensor::x) x[linear].assign(values.begin(), values.end());
    if (which == LinearTensor::dy) dy[linear].assign(values.begin(), values.end());
  }

  std::map<int, std::vector<float>> x;
  std::map<int, std::vector<float>> dy;
};

struct Count {
  std::int64_t outputs = 0;
  std::int64_t overflowed = 0;
};

/// Counts the outputs of products that are not finite.
class Overflows : public sim::nn::CastObserver {
 public:
  bool wants(int, Role) const override { return false; }
  void observe(int, Role, const sim::nn::CastOutcome&) override {}
  void inspect(int, LinearTensor which, std::span<const float> values) override {
    const char* name = which == LinearTensor::y    ? kForward
                       : which == LinearTensor::dx ? "dx"
                       : which == LinearTensor::dw ? "dw"
                                                   : nullptr;
    if (name == nullptr) return;
    Count& count = counts[name];
    count.outputs += static_cast<std::int64_t>(values.size());
    for (const float value : values) count.overflowed += std::isfinite(value) ? 0 : 1;
  }

  std::map<std::string, Count> counts;
};

Operands operands_of(Workshop& workshop, const Trained& model) {
  const auto [batch, targets] = first_batch(workshop.corpus().sentences.training, kSentences);
  sim::model::Transformer<float> transformer(model.weights);
  transformer.apply(fp8_amax());
  sim::model::Tape<float> tape;
  sim::model::Gradients<float> gradients(*model.weights);
  Operands operands;
  const double scale = workshop.fine_tuning(model.size, 1).loss_scale / static_cast<double>(batch.sequences());
  transformer.accumulate(batch, targets, static_cast<float>(scale), {}, tape, gradients, &operands);
  return operands;
}

/// Every product on its own, from the same finite operands: an overflow in one does not reach another.
std::map<std::string, Count> count_overflows(const Trained& model, const Operands& operands,
                                             const scaling::LinearRule& rule) {
  sim::nn::LinearEngines engines;
  for (std::size_t product = 0; product < engines.size(); ++product)
    engines[product] = sim::gemm::make_engine(rule.gemm, static_cast<scaling::LinearProduct>(product));
  Overflows overflows;
  for (const auto& [number, x] : operands.x) {
    const sim::file::Tensor& weight =
        model.weights->decoders[static_cast<std::size_t>(sim::model::layer_of(number))][sim::model::kind_of(number)]
            .weight;
    const std::int64_t outputs = weight.shape[0], inputs = weight.shape[1];
    const auto rows = static_cast<std::int64_t>(x.size()) / inputs;
    sim::nn::Linear<float> layer(number, weight.values, {}, outputs, inputs);
    layer.apply(rule, scaling::Baseline::fp32, engines, false);
    std::vector<float> y(static_cast<std::size_t>(rows * outputs)), dx(x.size()), dw(weight.values.size());
    sim::nn::LinearInput<float> input(x.data(), rows, inputs);
    sim::nn::KeptInput<float> kept;
    layer.forward(input, y.data(), {&overflows}, &kept);
    layer.backward(kept, operands.dy.at(number).data(), dx.data(), false, {dw.data(), nullptr}, {&overflows});
  }
  return overflows.counts;
}

void add_claim(const Workshop& workshop, Tables& tables) {
  bool shown = true;
  std::string found;
  for (const ModelSize& size : workshop.sizes()) {
    std::array<std::int64_t, kLargestMargin + 1> overflowed{};  // of dx and dw, with a margin of gradients alone
    for (const store::OverflowRow& row : tables.of<OverflowRow>())
      if (row.model == size.name && row.margin_of == MarginOf::gradient && row.product != kForward)
        overflowed[static_cast<std::size_t>(row.margin)] += row.overflowed;
    int clean = kLargestMargin + 1;
    while (clean > 0 && overflowed[static_cast<std::size_t>(clean) - 1] == 0) --clean;
    shown = shown && overflowed[0] > 0 && overflowed[3] == 0;
    found += fmt::format("{}{}: {} overflows at margin 0, {} at 3, {}", found.empty() ? "" : "; ", size.name,
                         overflowed[0], overflowed[3],
                         clean > kLargestMargin ? "none up to 8 is clean" : fmt::format("clean from {} on", clean));
  }
  tables.of<ClaimRow>().push_back({"P1 3.2", "With sums in FP16, gradients need a margin of 3",
                                   "dx and dw overflow at margin 0 and not at 3, at every size", found, shown});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(workshop.sizes().size());
  Tables tables;
  for (const ModelSize& size : workshop.sizes()) {
    const Trained model = workshop.pretrained(size);
    const Operands operands = operands_of(workshop, model);
    for (const bool all : {false, true})
      for (int margin = 0; margin <= kLargestMargin; ++margin) {
        scaling::LinearRule rule = fp8_amax().rule;
        rule.gemm.engine = "fp16-accumulate";
        rule.casts[static_cast<std::size_t>(Role::gradient)]->scaling = scaling::Amax{margin};
        for (const Role role : {Role::weight, Role::activation})
          rule.casts[static_cast<std::size_t>(role)]->scaling = scaling::Amax{all ? margin : 0};
        for (const auto& [product, count] : count_overflows(model, operands, rule))
          tables.of<OverflowRow>().push_back(
              {size.name, all ? MarginOf::all : MarginOf::gradient, margin, product, count.outputs, count.overflowed,
               static_cast<double>(count.overflowed) / static_cast<double>(count.outputs)});
      }
  }
  add_claim(workshop, tables);
  return tables;
}

}  // namespace

Study margin() { return {"margin", "P1 3.2", "overflow of sums in FP16 by margin", "2", tables_of}; }

}  // namespace octavo::experiments::studies
