// Sweeps of constant biases.
#include "experiments/evaluation/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "experiments/evaluation/comparison.h"
#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/scoring.h"
#include "experiments/store/runs/run_file.h"
#include "messages/error.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments {
namespace {

using scaling::Role;
using sim::model::Transformer;
using store::Policy;

bool tests(Tested tested, Role role) {
  return role != Role::gradient && (tested == Tested::both || (tested == Tested::weight) == (role == Role::weight));
}

// The names of the linear layers that a point tests.
std::string pattern_of(const SweepPoint& point) {
  switch (point.scope) {
    case Scope::layer:
      return point.target + ".*";
    case Scope::kind:
      return "decoder.*." + point.target;
    case Scope::model:
      break;
  }
  return "*";
}

store::Run make_run(const SweepPoint& point, const SweepFlags& flags, const Scores& scores, const Subject& subject,
                    const Recorder* recorder) {
  store::Run run = run_of(scores, subject, recorder);
  run.policy = point.policy;
  run.scope = point.scope;
  run.target = point.target;
  run.role = flags.role;
  run.bias = point.bias;
  return run;
}

// Work of a point, in forward passes over the whole model: a layer point runs the decoders from its layer on.
double cost(const SweepPoint& point, const sim::model::Config& config) {
  return point.layer < 0 ? 1.0 : static_cast<double>(config.layers - point.layer) / static_cast<double>(config.layers);
}

// One sweep in progress: the model, and what each point needs to be computed and kept.
class Runner {
 public:
  Runner(const Subject& subject, const scaling::Recipe& recipe, const SweepFlags& flags, store::Parts& parts,
         const Progress& progress)
      : subject_(subject),
        recipe_(recipe),
        flags_(flags),
        parts_(parts),
        progress_(progress),
        config_(subject.weights->config),
        grid_(sweep_grid(config_, flags)),
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
      const std::string label = point.policy == Policy::cscale ? fmt::format("{} bias {}", point.target, point.bias)
                                                               : std::string(word(point.policy));
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
  store::Parts& parts_;
  const Progress& progress_;
  const sim::model::Config& config_;
  std::vector<SweepPoint> grid_;
  scaling::Recipe amax_;
  TensorAxis axis_;
  Transformer<float> model_;
  double total_ = 0.0;
  double done_ = 0.0;
};

store::SweepRow row_of(const store::Run& run, const store::Run& baseline, int index) {
  const Comparison paired = compare(run.token_loss, run.token_correct, baseline.token_loss, baseline.token_correct);
  store::SweepRow row;
  row.policy = run.policy;
  row.scope = run.scope;
  row.target = run.target;
  row.role = run.role;
  row.bias = run.bias;
  row.loss = run.loss;
  row.perplexity = sim::nn::exp(run.loss);
  row.accuracy = run.accuracy;
  row.relative_accuracy = paired.relative_accuracy;
  row.relative_accuracy_se = paired.relative_accuracy_se;
  row.loss_increase = paired.loss_increase;
  row.loss_increase_se = paired.loss_increase_se;
  row.tokens = static_cast<std::int64_t>(run.token_loss.size());
  row.run = index;
  return row;
}

// The smallest AMAX bias among the tensors that the rows' point tests.
std::int32_t smallest_amax_bias(const store::Run& amax, const TensorAxis& axis, const SweepPoint& point, Tested role) {
  std::int32_t smallest = std::numeric_limits<std::int32_t>::max();
  for (const store::TensorRecord& record : amax.tensors) {
    const store::TensorName& tensor = axis.names()[static_cast<std::size_t>(record.index)];
    if (tests(role, tensor.role) && scaling::matches(pattern_of(point), tensor.name))
      smallest = std::min(smallest, record.bias);
  }
  return smallest;
}

}  // namespace

std::vector<SweepPoint> sweep_grid(const sim::model::Config& config, const SweepFlags& flags) {
  std::vector<SweepPoint> grid{{.policy = Policy::baseline}, {.policy = Policy::amax}};
  const auto add = [&](const std::string& target, std::int64_t layer) {
    for (int bias = flags.first_bias; bias <= flags.last_bias; ++bias)
      grid.push_back({Policy::cscale, flags.by, target, bias, layer});
  };
  switch (flags.by) {
    case Scope::model:
      add("", -1);
      break;
    case Scope::kind:
      for (const sim::model::Kind kind : sim::model::kinds(config.family)) add(std::string(sim::model::name(kind)), -1);
      break;
    case Scope::layer:
      for (std::int64_t layer = 0; layer < config.layers; ++layer) add("decoder." + std::to_string(layer), layer);
      break;
  }
  return grid;
}

scaling::Recipe recipe_at(const SweepPoint& point, const scaling::Recipe& recipe, const SweepFlags& flags,
                          const sim::model::Config& config) {
  if (point.policy == Policy::baseline) return scaling::uncast(recipe.baseline);
  scaling::Recipe result = recipe;
  bool found = false;
  for (std::int64_t layer = 0; layer < config.layers; ++layer)
    for (const sim::model::Kind kind : sim::model::kinds(config.family)) {
      const std::string linear = sim::model::linear_name(layer, kind);
      if (!scaling::matches(pattern_of(point), linear)) continue;
      const scaling::LinearRule rule = recipe.resolve(linear);
      scaling::Override change;
      change.layers = linear;
      for (const Role role : {Role::weight, Role::activation}) {
        if (!rule[role] || !tests(flags.role, role)) continue;
        found = true;
        if (point.policy == Policy::cscale)
          change[role].scaling = scaling::Cscale{point.bias};
        else if (!std::holds_alternative<scaling::Amax>(rule[role]->scaling))
          change[role].scaling = scaling::Amax{};
      }
      result.overrides.push_back(change);
    }
  if (!found)
    throw Error(fmt::format("recipe: casts no {} of {}; nothing to sweep", word(flags.role),
                            point.target.empty() ? "any layer" : point.target));
  return result;
}

store::IntervalRow longest_interval(const std::vector<store::SweepRow>& rows) {
  store::IntervalRow best;
  if (rows.empty()) return best;
  best.scope = rows.front().scope;
  best.target = rows.front().target;
  best.role = rows.front().role;
  std::int32_t length = 0;
  for (const store::SweepRow& row : rows) {
    length = row.relative_accuracy + 2.0 * row.relative_accuracy_se >= kHolds ? length + 1 : 0;
    if (length <= best.biases) continue;
    best.biases = length;
    best.first_bias = row.bias - length + 1;
    best.last_bias = row.bias;
  }
  return best;
}

namespace {

SweepResult tables(const std::vector<SweepPoint>& grid, const TensorAxis& axis, const SweepFlags& flags,
                   const store::Parts& parts) {
  SweepResult result;
  const store::Run baseline = parts.read(0);
  const store::Run amax = parts.read(1);
  std::vector<store::SweepRow> of_target;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    result.rows.push_back(row_of(parts.read(static_cast<int>(i)), baseline, static_cast<int>(i)));
    if (grid[i].policy != Policy::cscale) continue;
    of_target.push_back(result.rows.back());
    if (i + 1 < grid.size() && grid[i + 1].target == grid[i].target) continue;
    store::IntervalRow interval = longest_interval(of_target);
    interval.amax_bias_min = smallest_amax_bias(amax, axis, grid[i], flags.role);
    result.intervals.push_back(interval);
    of_target.clear();
  }
  return result;
}

}  // namespace

SweepResult sweep(const Subject& subject, const scaling::Recipe& recipe, const SweepFlags& flags,
                  const store::Header& header, store::Parts& parts, const Progress& progress) {
  Runner runner(subject, recipe, flags, parts, progress);
  runner.run();
  try {
    const SweepResult result = tables(runner.grid(), runner.axis(), flags, parts);
    parts.assemble(header, runner.axis().names(), static_cast<int>(runner.grid().size()),
                   store::Tables(result.rows, result.intervals));
    return result;
  } catch (const Error&) {
    if (!parts.finished_elsewhere()) throw;
  }
  return {store::read_table<store::SweepRow>(parts.out()), store::read_table<store::IntervalRow>(parts.out())};
}

}  // namespace octavo::experiments
