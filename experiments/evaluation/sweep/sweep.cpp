// A sweep in progress: what is missing is computed, point by point.
#include "experiments/evaluation/sweep/sweep.h"

#include <optional>

#include "experiments/evaluation/engine_usage.h"
#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/scoring.h"
#include "experiments/evaluation/sweep/sweep_grid.h"
#include "experiments/evaluation/sweep/sweep_tables.h"
#include "experiments/store/runs/run_file.h"
#include "messages/error.h"

namespace octavo::experiments {
namespace {

using sim::model::Transformer;
using store::Policy;

store::Run make_run(const SweepPoint& point, const SweepFlags& flags, const Scores& scores, const Subject& subject,
                    const Recorder* recorder) {
  store::Run run = run_of(scores, subject, recorder);
  run.policy = point.policy;
  run.scope = point.scope;
  run.target = point.target;
  run.role = flags.role;
  run.bias = point.bias;
  run.weight_bias = point.weight_bias;
  run.activation_bias = point.activation_bias;
  return run;
}

// Work of a point, in forward passes over the whole model: a layer point runs the decoders from its layer on.
double cost(const SweepPoint& point, const sim::model::Config& config) {
  return point.layer < 0 ? 1.0 : static_cast<double>(config.layers - point.layer) / static_cast<double>(config.layers);
}

// One sweep in progress: the model, and what each point needs to be computed and kept.
class Runner {
 public:
  Runner(const Subject& subject, const scaling::Recipe& recipe, const SweepFlags& flags, store::PartFolder& parts,
         const Progress& progress)
      : subject_(subject),
        recipe_(recipe),
        flags_(flags),
        parts_(parts),
        progress_(progress),
        config_(subject.weights->config),
        grid_(sweep_grid(config_, recipe, flags)),
        amax_(recipe_at(grid_.at(1), recipe, flags, config_)),
        axis_(config_, amax_),
        model_(subject.weights) {
    for (const SweepPoint& point : grid_) total_ += cost(point, config_);
  }

  const std::vector<SweepPoint>& grid() const { return grid_; }
  const TensorAxis& axis() const { return axis_; }

  void run() {
    std::size_t next = 0;
    for (; next < grid_.size() && grid_[next].layer < 0; ++next)
      compute(next, [&](Recorder* recorder, const Advance& advance) {
        return score_subject(model_, subject_, recorder, advance);
      });
    if (next < grid_.size()) run_layers(next);
  }

 private:
  bool missing(std::size_t index) const { return !parts_.has(static_cast<int>(index)); }

  void run_layers(std::size_t next) {
    std::optional<Streams> streams;  // the residual streams before `reached`, under the recipe as it is
    std::int64_t reached = 0;
    for (; next < grid_.size(); ++next) {
      const std::int64_t layer = grid_[next].layer;
      if (missing(next) && (!streams || reached < layer)) {
        model_.apply(recipe_);
        if (!streams) streams = embed(model_, subject_);
        advance_streams(model_, subject_, reached, layer, *streams);
        reached = layer;
      }
      compute(next, [&](Recorder* recorder, const Advance& advance) {
        return score_subject_from(model_, subject_, layer, *streams, recorder, advance);
      });
    }
  }

  template <class Evaluate>
  void compute(std::size_t index, const Evaluate& evaluation) {
    const SweepPoint& point = grid_[index];
    const double work = cost(point, config_);
    if (missing(index)) {
      const std::string label = text_of(point);
      progress_(done_ / total_, label);
      model_.apply(recipe_at(point, recipe_, flags_, config_));
      std::optional<Recorder> recorder;
      if (point.policy != Policy::baseline) {
        recorder.emplace(axis_, flags_.record_all ? "*" : pattern_of(point));
        model_.observe_weights(*recorder);
      }
      const Scores scores = evaluation(recorder ? &*recorder : nullptr,
                                       [&](double share) { progress_((done_ + share * work) / total_, label); });
      parts_.write(static_cast<int>(index), make_run(point, flags_, scores, subject_, recorder ? &*recorder : nullptr));
    }
    done_ += work;
  }

  const Subject& subject_;
  const scaling::Recipe& recipe_;
  const SweepFlags& flags_;
  store::PartFolder& parts_;
  const Progress& progress_;
  const sim::model::Config& config_;
  std::vector<SweepPoint> grid_;
  scaling::Recipe amax_;
  TensorAxis axis_;
  Transformer<float> model_;
  double total_ = 0.0;
  double done_ = 0.0;
};

}  // namespace

SweepResult sweep(const Subject& subject, const scaling::Recipe& recipe, const SweepFlags& flags,
                  const store::Header& header, store::PartFolder& parts, const Progress& progress) {
  Runner runner(subject, recipe, flags, parts, progress);
  runner.run();
  try {
    const SweepResult result = sweep_tables(runner.grid(), runner.axis(), flags, parts);
    store::Tables tables(result.rows, result.intervals);
    add_to(tables, engine_usage(*subject.weights, recipe, header.recipe_name));
    parts.assemble(header, runner.axis().names(), static_cast<int>(runner.grid().size()), tables);
    return result;
  } catch (const Error&) {
    if (!parts.finished_elsewhere()) throw;
  }
  return read_sweep(parts.out());
}

}  // namespace octavo::experiments
