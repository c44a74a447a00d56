// One evaluation.
#include "experiments/evaluation/evaluate.h"

namespace octavo::experiments {

store::Run evaluate(const Subject& subject, const scaling::Recipe& recipe, const TensorAxis& axis, bool record,
                    const Progress& progress) {
  sim::model::Transformer<float> model(subject.weights);
  model.apply(recipe);
  Recorder recorder(axis, "*");
  if (record) model.observe_weights(recorder);
  const Scores scores =
      score_subject(model, subject, record ? &recorder : nullptr, [&](double share) { progress(share, "eval"); });
  store::Run run = run_of(scores, subject, record ? &recorder : nullptr);
  run.policy = axis.names().empty() ? store::Policy::baseline : store::Policy::recipe;
  return run;
}

}  // namespace octavo::experiments
