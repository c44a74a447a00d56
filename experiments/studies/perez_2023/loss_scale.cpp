// Whether training needs the loss to be scaled (P1, section 3.1), by the type of sums and outputs, from scratch.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "experiments/studies/every_study.h"
#include "experiments/studies/lost_gradients.h"
#include "experiments/studies/outcome.h"
#include "experiments/studies/recipes.h"

namespace octavo::experiments::studies {
namespace {

using store::ClaimRow;
using store::LossScaleRow;
using store::LostGradientRow;
using store::Tables;

constexpr std::array kLossScales{1.0, 32.0, 1024.0, 32768.0};

struct Arithmetic {
  scaling::Baseline baseline;
  const char* engine;
};
constexpr std::array kArithmetics{
    Arithmetic{scaling::Baseline::fp32, "fp32"}, Arithmetic{scaling::Baseline::bf16, "fp32"},
    Arithmetic{scaling::Baseline::fp16, "fp32"}, Arithmetic{scaling::Baseline::fp16, "fp16-accumulate"}};

scaling::Recipe recipe_of(const Arithmetic& arithmetic) {
  scaling::Recipe recipe = fp8_amax();
  recipe.baseline = arithmetic.baseline;
  recipe.rule.gemm.engine = arithmetic.engine;
  // Sums are taken before they are unscaled: with margins up to 6 some overflow in the first steps at any loss scale.
  if (recipe.rule.gemm.engine == "fp16-accumulate")
    for (auto& cast : recipe.rule.casts) cast->scaling = scaling::Amax{8};
  return recipe;
}

/// Sums in FP16 take long to emulate: at the standard scale 200 steps of 4 windows.
sim::train::Settings settings_of(const Workshop& workshop, const ModelSize& size, std::uint64_t seed, double scale) {
  sim::train::Settings settings = workshop.from_scratch(size, seed);
  settings.loss_scale = scale;
  if (workshop.scale() == Scale::paper) return settings;
  settings.steps = std::min<std::int64_t>(settings.steps, 200);
  settings.warmup = settings.steps / 10;
  settings.batch = 4;
  return settings;
}

/// The share of derivatives, over all seeds, that an arithmetic turns into 0 or into what is not finite.
double lost_share(const Tables& tables, const Arithmetic& arithmetic, double scale) {
  double lost = 0.0, derivatives = 0.0;
  for (const store::LostGradientRow& row : tables.of<LostGradientRow>())
    if (row.baseline == arithmetic.baseline && row.engine == arithmetic.engine && row.loss_scale == scale) {
      lost += static_cast<double>(row.flushed + row.not_finite);
      derivatives += static_cast<double>(row.derivatives);
    }
  return lost / derivatives;
}

/// What each arithmetic leaves of the derivatives of the model that FP32 trained.
void add_lost_gradients(Workshop& workshop, const Trained& model, Tables& tables) {
  const std::int64_t sequences = settings_of(workshop, model.size, model.seed, 1.0).batch;
  const auto reference = scaled_gradients(workshop, model, recipe_of(kArithmetics.front()), 1.0, sequences);
  for (const Arithmetic& arithmetic : kArithmetics)
    for (const double scale : kLossScales) {
      const auto scaled = scaled_gradients(workshop, model, recipe_of(arithmetic), scale, sequences);
      store::LostGradientRow& row = tables.of<LostGradientRow>().emplace_back(lost_gradients(scaled, scale, reference));
      row.model = model.size.name;
      row.seed = static_cast<std::int64_t>(model.seed);
      row.baseline = arithmetic.baseline;
      row.engine = arithmetic.engine;
    }
}

void add_gradient_claim(Tables& tables) {
  std::string found;
  for (const Arithmetic& arithmetic : kArithmetics) {
    found +=
        fmt::format("{}{} with {} products:", found.empty() ? "" : "; ", name(arithmetic.baseline), arithmetic.engine);
    for (const double scale : kLossScales)
      found += fmt::format(" {:.2f} %", 100.0 * lost_share(tables, arithmetic, scale));
  }
  const auto lost = [&](std::size_t arithmetic, double scale) {
    return lost_share(tables, kArithmetics[arithmetic], scale);
  };
  const double best = std::min({lost(3, kLossScales[1]), lost(3, kLossScales[2]), lost(3, kLossScales[3])});
  tables.of<ClaimRow>().push_back(
      {"P1 3.1", "FP16 sums and outputs lose gradients that a loss scale saves; FP32 and BF16 do not",
       "of the derivatives that FP32 has, at scale 1 more than 1 % are 0 or not finite with FP16 sums, a tenth of that "
       "or less at a larger scale, and less than 0.1 % with FP32 and BF16 (found: at scales 1, 32, 1024, 32768)",
       found, lost(3, 1.0) > 0.01 && best <= 0.1 * lost(3, 1.0) && lost(0, 1.0) < 1e-3 && lost(1, 1.0) < 1e-3});
}

/// True if no run with this arithmetic and scale ended early or lost more than the runs in FP32 spread over seeds.
bool works(const Tables& tables, const Arithmetic& arithmetic, double scale, double allowed) {
  for (const store::LossScaleRow& row : tables.of<LossScaleRow>())
    if (row.baseline == arithmetic.baseline && row.engine == arithmetic.engine && row.loss_scale == scale &&
        (!row.stopped.empty() || !(row.loss_increase <= allowed)))
      return false;
  return true;
}

void add_claims(Tables& tables) {
  const Spread reference = spread(numbers(
      tables.of<LossScaleRow>(),
      [](const auto& row) { return row.baseline == scaling::Baseline::fp32 && row.loss_scale == 1.0; },
      [](const auto& row) { return row.loss; }));
  const auto scales_that_work = [&](const Arithmetic& arithmetic) {
    std::string list;
    for (const double scale : kLossScales)
      if (works(tables, arithmetic, scale, reference.deviation))
        list += fmt::format("{}{:.0f}", list.empty() ? "" : " ", scale);
    return fmt::format("{} with {} products: {}", name(arithmetic.baseline), arithmetic.engine,
                       list.empty() ? "none" : list);
  };
  const auto criterion = [&](const char* what) {
    return fmt::format("{}; it works if no seed stops or ends more than {:.4f} (the deviation over seeds) above FP32",
                       what, reference.deviation);
  };
  const auto at_1 = [&](std::size_t i) { return works(tables, kArithmetics[i], 1.0, reference.deviation); };
  tables.of<ClaimRow>().push_back({"P1 3.1", "With FP32 or BF16 outside of the casts, the loss need not be scaled",
                                   criterion("scale 1 works with both"),
                                   scales_that_work(kArithmetics[0]) + "; " + scales_that_work(kArithmetics[1]),
                                   at_1(0) && at_1(1)});
  tables.of<ClaimRow>().push_back({"P1 3.1", "With FP16 sums and outputs, the loss has to be scaled",
                                   criterion("scale 1 does not work and a larger one does"),
                                   scales_that_work(kArithmetics[2]) + "; " + scales_that_work(kArithmetics[3]),
                                   !at_1(3) && (works(tables, kArithmetics[3], 32.0, reference.deviation) ||
                                                works(tables, kArithmetics[3], 1024.0, reference.deviation) ||
                                                works(tables, kArithmetics[3], 32768.0, reference.deviation))});
}

Tables tables_of(Workshop& workshop) {
  workshop.expect(2 * workshop.seeds().size() * kArithmetics.size() * kLossScales.size());
  Tables tables;
  const ModelSize& size = workshop.sizes().front();
  const Task& task = workshop.corpus().text;
  for (const std::uint64_t seed : workshop.seeds()) {
    double reference = 0.0;
    for (const Arithmetic& arithmetic : kArithmetics)
      for (const double scale : kLossScales) {
        const Trained model = workshop.trained(size, settings_of(workshop, size, seed, scale), recipe_of(arithmetic));
        const store::Run run = workshop.evaluate(model, recipe_of(arithmetic), task);
        if (tables.of<LossScaleRow>().empty() ||
            tables.of<LossScaleRow>().back().seed != static_cast<std::int64_t>(seed)) {
          reference = run.loss;
          add_lost_gradients(workshop, model, tables);
        }
        tables.of<LossScaleRow>().push_back({size.name, static_cast<std::int64_t>(seed), arithmetic.baseline,
                                             arithmetic.engine, scale, run.loss, run.loss - reference,
                                             model.run.stopped});
      }
  }
  add_claims(tables);
  add_gradient_claim(tables);
  return tables;
}

}  // namespace

Study loss_scale() { return {"loss-scale", "P1 3.1", "loss scales by type of sums and outputs", "2", tables_of}; }

}  // namespace octavo::experiments::studies
