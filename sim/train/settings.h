// What decides a training run besides model, recipe and data, as plain numbers.
#pragma once

#include <cstdint>

namespace octavo::sim::train {

enum class Schedule : std::uint8_t { constant, cosine };

/// How gradients are lifted above the underflow of a 16-bit baseline: the policies of scaling/loss_scale.h.
enum class LossScaling : std::uint8_t { none, constant, backoff, logmax, histogram };

/// The type of the weights that the optimizer updates; its two moments are FP32.
enum class Master : std::uint8_t { fp32, fp16 };

struct Settings {
  std::uint64_t seed = 1;
  std::int64_t steps = 100;
  std::int64_t batch = 8;         ///< sequences in a micro-batch, the unit of amax
  std::int64_t accumulation = 1;  ///< micro-batches in a step
  double dropout = 0.0;           ///< of the embeddings and of both branches of a decoder; in [0, 1)

  double learning_rate = 1e-3;
  Schedule schedule = Schedule::constant;
  std::int64_t warmup = 0;  ///< steps of linear rise
  double final_rate = 0.1;  ///< cosine: the last rate as a share of the first
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;  ///< decoupled; matrices only
  double clip = 0.0;          ///< largest norm of all gradients together; 0: none
  Master master = Master::fp32;

  LossScaling loss_scaling = LossScaling::none;
  double loss_scale = 1.0;             ///< the first one
  std::int64_t loss_scale_window = 0;  ///< backoff: clean steps until it doubles; histogram: its period; 0: as usual

  constexpr bool operator==(const Settings&) const = default;

  /// Calls f(name, member) for every field, in the order above: configuration files, fingerprints and help follow.
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& f) {
    f("seed", self.seed);
    f("steps", self.steps);
    f("batch", self.batch);
    f("accumulation", self.accumulation);
    f("dropout", self.dropout);
    f("learning_rate", self.learning_rate);
    f("schedule", self.schedule);
    f("warmup", self.warmup);
    f("final_rate", self.final_rate);
    f("beta1", self.beta1);
    f("beta2", self.beta2);
    f("epsilon", self.epsilon);
    f("weight_decay", self.weight_decay);
    f("clip", self.clip);
    f("master", self.master);
    f("loss_scaling", self.loss_scaling);
    f("loss_scale", self.loss_scale);
    f("loss_scale_window", self.loss_scale_window);
  }
};

/// Throws Error for a field out of its range.
void check(const Settings& settings);

}  // namespace octavo::sim::train
