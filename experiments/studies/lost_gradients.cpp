// One backward pass, and counts.
#include "experiments/studies/lost_gradients.h"

#include <cmath>
#include <limits>
#include <utility>

#include "sim/model/transformer.h"

namespace octavo::experiments::studies {

std::vector<float> scaled_gradients(const Workshop& workshop, const Trained& model, const scaling::Recipe& recipe,
                                    double loss_scale, std::int64_t sequences) {
  const auto [batch, targets] = first_batch(workshop.corpus().text.training, sequences);
  sim::model::Transformer<float> transformer(model.weights);
  transformer.apply(recipe);
  sim::model::Tape<float> tape;
  sim::model::Gradients<float> gradients(*model.weights);
  const double factor = loss_scale / static_cast<double>(targets.size());
  transformer.accumulate(batch, targets, static_cast<float>(factor), {}, tape, gradients);
  return std::move(gradients.values);
}

store::LostGradientRow lost_gradients(const std::vector<float>& scaled, double loss_scale,
                                      const std::vector<float>& reference) {
  store::LostGradientRow row;
  row.loss_scale = loss_scale;
  double difference = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double exact = static_cast<double>(reference[i]);
    if (exact == 0.0) continue;
    const double here = static_cast<double>(scaled[i]) / loss_scale;
    ++row.derivatives;
    if (here == 0.0) ++row.flushed;
    if (!std::isfinite(here)) ++row.not_finite;
    difference += (here - exact) * (here - exact);
    norm += exact * exact;
  }
  row.relative_error = row.not_finite > 0 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(difference / norm);
  return row;
}

}  // namespace octavo::experiments::studies
