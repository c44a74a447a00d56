// A decoder-only transformer under a recipe: embeddings, decoders, head, from tokens to scores.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scaling/recipe/recipe.h"
#include "sim/model/decoder.h"
#include "sim/model/gradients.h"
#include "sim/model/weights.h"
#include "sim/nn/loss.h"

namespace octavo::sim::model {

/// "decoder.<layer>.<kind>", as recipes and files call it.
std::string linear_name(std::int64_t layer, Kind kind);

/// The number under which a CastObserver sees a linear layer, and back.
constexpr int linear_number(std::int64_t layer, Kind kind) {
  return static_cast<int>(layer) * kKindCount + static_cast<int>(kind);
}
constexpr std::int64_t layer_of(int number) { return number / kKindCount; }
constexpr Kind kind_of(int number) { return static_cast<Kind>(number % kKindCount); }

/// T = float computes under a recipe; T = double ignores casts and serves as a reference.
template <class T>
class Transformer {
 public:
  /// Keeps `weights` (they may be views of a mapped file). Not usable before apply().
  explicit Transformer(std::shared_ptr<const Weights> weights);

  const Config& config() const { return weights_->config; }

  /// Puts every linear layer under the recipe; only those whose rule changes are cast again. `measure`: whether
  /// observe_weights will be asked. Throws Error if the recipe names an engine that does not exist or cannot take its
  /// formats.
  /// `backward`: whether accumulate() will be called, for which each weight is cast once for all its uses.
  void apply(const scaling::Recipe& recipe, bool measure = true, bool backward = false);

  /// The values of the weights are others now: the next apply() takes them in. `number` is that of the update, by which
  /// stochastic rounding draws.
  void weights_changed(std::uint64_t number = 0);

  /// x [T, C], overwritten: the residual stream before the first decoder. Ids must be in the vocabulary, positions in
  /// the context.
  void embed(const Batch& batch, std::vector<T>& x);

  /// x through decoders first..last-1, in place; a step for the histories of delayed scaling. `caches`, if given, hold
  /// one entry a decoder and the batch one sequence.
  void decode(const Batch& batch, std::int64_t first, std::int64_t last, T* x, nn::CastObserver* observer = nullptr,
              std::vector<KeyValueCache<T>>* caches = nullptr);

  /// Logits [rows, V] of `rows` rows of the residual stream after the last decoder.
  void logits(const T* x, std::int64_t rows, T* out) const;

  /// Scores of the residual stream after the last decoder, row t against targets[t]; those of nn::kNotScored are empty.
  void score(const T* x, std::span<const std::int32_t> targets, nn::TokenScore* scores) const;

  /// One micro-batch of training: the sum of -log p over the scored positions (target nn::kNotScored is none), and
  /// `factor` times its derivatives added to `gradients`. The bits do not depend on threads or instruction set (engines
  /// with a defined order, and but for gelu_erf). float only: `tape` is memory to use again. What delayed
  /// scaling saw waits for advance_histories().
  double accumulate(const Batch& batch, std::span<const std::int32_t> targets, T factor, const nn::Dropout& dropout,
                    Tape<T>& tape, Gradients<T>& gradients, nn::CastObserver* observer = nullptr);

  /// Ends a micro-batch, or a step, of training: the histories that advance then take in the amaxes seen since.
  void advance_histories(scaling::Advance end);

  /// Puts other histories of delayed scaling in place, those of the start if none are given, and returns the ones that
  /// were there: one a linear layer, in order.
  std::vector<nn::LinearHistory> exchange_histories(std::vector<nn::LinearHistory> histories = {});

  /// Those that are there.
  std::vector<nn::LinearHistory> histories() const;

  /// Shows the observer the cast of every weight that it wants.
  void observe_weights(nn::CastObserver& observer) const;

 private:
  double head_backward(const T* x, std::span<const std::int32_t> targets, T factor, T* dx, Gradients<T>& gradients,
                       const nn::CastPass& casts);

  std::shared_ptr<const Weights> weights_;
  scaling::Baseline baseline_ = scaling::Baseline::fp32;
  std::map<scaling::Gemm, nn::LinearEngines> engines_;
  std::vector<T> token_embedding_;  // in the baseline type; empty where the weights serve as they are
  std::vector<T> position_embedding_;
  std::vector<Decoder<T>> decoders_;
  nn::Norm<T> final_norm_;
  std::unique_ptr<nn::Linear<T>> head_;
  nn::Rope<T> rope_;
  Pass<T> pass_;
  nn::SeenAmaxes seen_;
  std::uint64_t seed_ = 0;  ///< the recipe's
};

extern template class Transformer<float>;
extern template class Transformer<double>;

}  // namespace octavo::sim::model
