// The studies of octavo run: each a function from a workshop to tables and the claims that they show.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/store/runs/study_rows.h"
#include "experiments/studies/workshop/workshop.h"

namespace octavo::experiments::studies {

/// Those without rows are not part of a study.
struct StudyTables {
  std::vector<store::OutcomeRow> outcomes;
  std::vector<store::BiasIntervalRow> bias_intervals;
  std::vector<store::TensorBiasRow> tensor_biases;
  std::vector<store::LossCurveRow> loss_curves;
  std::vector<store::OverflowRow> overflows;
  std::vector<store::LossScaleRow> loss_scales;
  std::vector<store::LostGradientRow> lost_gradients;
  std::vector<store::ClaimRow> claims;

  /// f(name under /tables, rows) for each.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& f) {
    f("outcomes", self.outcomes);
    f("bias_intervals", self.bias_intervals);
    f("tensor_biases", self.tensor_biases);
    f("loss_curves", self.loss_curves);
    f("overflows", self.overflows);
    f("loss_scales", self.loss_scales);
    f("lost_gradients", self.lost_gradients);
    f("claims", self.claims);
  }
};

struct Study {
  std::string_view name;
  std::string_view item;     ///< of arXiv 2309.17224 (P1): tables, figures, or a claim of its text
  std::string_view about;    ///< in a few words
  std::string_view minutes;  ///< estimated, at the default size on two cores, from an empty cache
  StudyTables (*run)(Workshop& workshop);
};

std::span<const Study> studies();

}  // namespace octavo::experiments::studies
