// One evaluation.
#include "experiments/eval.h"

namespace octavo::experiments {

store::Run eval(const Subject& subject, const scaling::Recipe& recipe, const TensorAxis& axis, bool record,
                const Progress& progress) {
  sim::model::Transformer<float> model(subject.weights);
  model.apply(recipe);
  Recorder recorder(axis, "*");
  if (record) model.observe_weights(recorder);
  const Scores scores =
      evaluate(model, subject, record ? &recorder : nullptr, [&](double share) { progress(share, "eval"); });
  store::Run run;
  run.policy = axis.names().empty() ? "baseline" : "recipe";
  run.micro_batches = static_cast<std::int64_t>(subject.micro_batches.size());
  run.loss = scores.mean_loss();
  run.accuracy = scores.accuracy();
  run.token_loss = scores.loss;
  run.token_correct = scores.correct;
  if (record) run.tensors = recorder.records();
  return run;
}

}  // namespace octavo::experiments
