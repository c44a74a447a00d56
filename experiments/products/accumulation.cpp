// Products and models on every engine.
#include "experiments/products/accumulation.h"

#include <fmt/format.h>

#include <memory>

#include "experiments/evaluation/paired_difference.h"
#include "experiments/evaluation/scoring.h"
#include "experiments/products/error_measures.h"

#include "experiments/products/random_operands.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/nn/elementwise/elementary.h"
#include "sim/nn/linear/linear.h"

namespace octavo::experiments {
namespace {

using formats::Accumulator;
using scaling::Gemm;

Gemm gemm_of(const std::string& engine, Accumulator accumulator = Accumulator::f32, int promotion = 0) {
  Gemm gemm;
  gemm.engine = engine;
  gemm.accumulator = accumulator;
  gemm.promotion.fill(promotion);
  return gemm;
}

/// exact first: it is what the others are measured against.
std::vector<Gemm> engines() {
  std::vector<Gemm> all{gemm_of("exact"), gemm_of("fp32"), gemm_of("bf16"), gemm_of("fp16-accumulate")};
  for (const int promotion : {0, 1024, 512, 256, 128, 64, 32})
    all.push_back(gemm_of("hopper-wgmma", Accumulator::f32, promotion));
  all.push_back(gemm_of("hopper-wgmma", Accumulator::f16));
  for (const char* engine : {"hopper-mma", "ada-mma", "blackwell-tcgen05"})
    for (const Accumulator accumulator : {Accumulator::f32, Accumulator::f16})
      all.push_back(gemm_of(engine, accumulator));
  return all;
}

std::int32_t promotion_of(const Gemm& gemm) { return gemm.promotion[0]; }

}  // namespace

std::vector<store::AccumulationRow> accumulation(const AccumulationFlags& flags, const Progress& progress) {
  const scaling::Cast cast{formats::e4m3, scaling::Cscale{0}};  // as they are: within the range of FP16 sums too
  const std::vector<Gemm> gemms = engines();
  std::vector<store::AccumulationRow> rows;
  double done = 0;
  for (const Distribution distribution : {Distribution::uniform, Distribution::normal}) {
    // The codes of the largest K; smaller K take the first elements of each row.
    const std::int64_t side = flags.side;
    const std::int64_t stride = flags.largest_depth;
    const auto operand = [&](std::uint32_t tensor) {
      const std::uint32_t number = 2 * static_cast<std::uint32_t>(distribution) + tensor;
      return scaling::cast(random_operand(distribution, flags.seed, number, side * stride), stride, cast, false);
    };
    const scaling::CastTensor a = operand(0);
    const scaling::CastTensor b = operand(1);
    const auto view = [&](const scaling::CastTensor& codes, std::int64_t depth) {
      sim::gemm::Operand result = sim::gemm::Operand::of_codes(codes.codes.get(), cast.format, side, depth);
      result.row_stride = stride;
      return result;
    };
    for (std::int64_t depth = 32; depth <= flags.largest_depth; depth *= 2) {
      std::vector<float> reference;
      for (const Gemm& gemm : gemms) {
        progress(done, fmt::format("{} K = {} on {}", name(distribution), depth, gemm.engine));
        const auto engine = sim::gemm::make_engine(gemm);
        std::vector<float> d(static_cast<std::size_t>(side * side));
        engine->multiply(*engine->pack(sim::gemm::Side::a, view(a, depth)),
                         *engine->pack(sim::gemm::Side::b, view(b, depth)), d.data(), side);
        if (gemm.engine == "exact") reference = d;
        const ErrorMeasures error = measure_error(d, reference);
        rows.push_back({.distribution = std::string(name(distribution)),
                        .k = static_cast<std::int32_t>(depth),
                        .engine = gemm.engine,
                        .accumulator = std::string(name(gemm.accumulator)),
                        .promotion = promotion_of(gemm),
                        .product = engine->description(),
                        .outputs = error.outputs,
                        .differing = error.differing,
                        .non_finite = error.non_finite,
                        .median_relative_error = error.median_relative,
                        .largest_relative_error = error.largest_relative,
                        .normwise_relative_error = error.normwise_relative,
                        .mean_signed_relative_error = error.mean_signed_relative});
        done += 0.5 * static_cast<double>(depth) / static_cast<double>(2 * stride) / static_cast<double>(gemms.size());
      }
    }
  }
  return rows;
}

std::vector<store::AccumulationModelRow> accumulation_of_model(const Subject& subject, const scaling::Recipe& recipe,
                                                               const Progress& progress) {
  const std::vector<Gemm> gemms = engines();
  sim::model::Transformer<float> model(subject.weights);
  std::vector<store::AccumulationModelRow> rows;
  Scores reference;
  for (std::size_t i = 0; i < gemms.size(); ++i) {
    const Gemm& gemm = gemms[i];
    scaling::Recipe changed = recipe;
    changed.rule.gemm = gemm;
    for (scaling::Override& change : changed.overrides) change.gemm = {};
    model.apply(changed);
    const Scores scores = score_subject(model, subject, nullptr, [&](double share) {
      progress((static_cast<double>(i) + share) / static_cast<double>(gemms.size()), "the model on " + gemm.engine);
    });
    if (i == 0) reference = scores;
    const PairedDifference against = paired_difference(scores.loss, scores.correct, reference.loss, reference.correct);
    rows.push_back({.engine = gemm.engine,
                    .accumulator = std::string(name(gemm.accumulator)),
                    .promotion = promotion_of(gemm),
                    .product = sim::gemm::make_engine(gemm)->description(),
                    .loss = scores.mean_loss(),
                    .perplexity = sim::nn::exp(scores.mean_loss()),
                    .accuracy = scores.accuracy(),
                    .loss_increase = against.loss_increase,
                    .loss_increase_se = against.loss_increase_se,
                    .tokens = subject.tokens});
  }
  return rows;
}

}  // namespace octavo::experiments
