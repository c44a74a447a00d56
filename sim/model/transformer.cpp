// The forward pass of both families.
#include "sim/model/transformer.h"

#include <algorithm>
#include <cassert>
#include <type_traits>

#include "machine/share.h"
#include "messages/error.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/model/gpt.h"
#include "sim/model/llama.h"
#include "sim/model/scored_rows.h"
#include "sim/nn/baseline.h"
#include "sim/nn/random.h"

namespace octavo::sim::model {
namespace {

template <class T>
std::vector<T> rounded(const file::Tensor& tensor, scaling::Baseline baseline) {
  std::vector<T> values(tensor.values.begin(), tensor.values.end());
  nn::round_to(baseline, values.data(), static_cast<std::int64_t>(values.size()));
  return values;
}

template <class T>
nn::Norm<T> norm(const NormWeights& weights, const Config& config, scaling::Baseline baseline) {
  return {rounded<T>(weights.gain, baseline), rounded<T>(weights.bias, baseline), config.norm_epsilon};
}

template <class T>
nn::Linear<T> linear(int number, const LinearWeights& weights) {
  return {number, weights.weight.values, weights.bias.values, weights.weight.shape.at(0), weights.weight.shape.at(1)};
}

// The values themselves where they need no other type, else a copy in `storage`.
template <class T>
const T* values_of(const file::Tensor& tensor, scaling::Baseline baseline, std::vector<T>& storage) {
  if constexpr (std::is_same_v<T, float>) {
    if (baseline == scaling::Baseline::fp32) return tensor.values.data();
  }
  if (storage.empty()) storage = rounded<T>(tensor, baseline);
  return storage.data();
}

// An override that matches nothing is a slip of the pen.
void check_overrides(const scaling::Recipe& recipe, const Config& config) {
  for (const scaling::Override& change : recipe.overrides) {
    bool found = false;
    for (std::int64_t layer = 0; layer < config.layers && !found; ++layer)
      for (const Kind kind : kinds(config.family))
        found = found || scaling::matches(change.layers, linear_name(layer, kind));
    if (!found)
      throw Error("recipe: override layers = \"" + change.layers + "\" matches no layer; this model's are called " +
                  linear_name(0, kinds(config.family).front()) + " to " +
                  linear_name(config.layers - 1, kinds(config.family).back()));
  }
}

constexpr std::int64_t kScoredRows = 256;  // logits held at a time

// What stochastic rounding draws for: the casts of weights, and those of passes.
constexpr std::uint64_t kWeights = 0x3E167;
constexpr std::uint64_t kPasses = 0x9A55;

std::uint64_t draw_of(std::uint64_t seed, std::uint64_t what, std::uint64_t number) {
  return nn::hash(nn::hash(seed, what), number);
}

}  // namespace

std::string linear_name(std::int64_t layer, Kind kind) {
  return "decoder." + std::to_string(layer) + "." + std::string(name(kind));
}

template <class T>
Transformer<T>::Transformer(std::shared_ptr<const Weights> weights) : weights_(std::move(weights)) {
  const Config& c = weights_->config;
  decoders_.resize(static_cast<std::size_t>(c.layers));
  for (std::int64_t layer = 0; layer < c.layers; ++layer)
    for (const Kind kind : kinds(c.family))
      decoders_[static_cast<std::size_t>(layer)].linear[static_cast<std::size_t>(kind)].emplace(
          linear<T>(linear_number(layer, kind), weights_->decoders[static_cast<std::size_t>(layer)][kind]));
  head_ = std::make_unique<nn::Linear<T>>(linear<T>(-1, weights_->head));
  if (c.family == Family::llama) rope_ = nn::Rope<T>(c.context, c.head_width, c.rope_theta, c.rope_scaling);
  pass_.rope = &rope_;
  seen_.resize(decoders_.size() * kKindCount);
}

template <class T>
void Transformer<T>::apply(const scaling::Recipe& recipe, bool measure, bool backward) {
  const Config& c = weights_->config;
  const auto engines = [&](const scaling::Gemm& gemm) {
    nn::LinearEngines& entry = engines_[gemm];
    for (std::size_t product = 0; product < entry.size(); ++product)
      if (!entry[product]) entry[product] = gemm::make_engine(gemm, static_cast<scaling::LinearProduct>(product));
    return entry;
  };
  check_overrides(recipe, c);
  if (baseline_ != recipe.baseline) {
    token_embedding_.clear();
    position_embedding_.clear();
  }
  baseline_ = recipe.baseline;
  pass_.baseline = recipe.baseline;
  seed_ = recipe.seed;
  for (std::int64_t layer = 0; layer < c.layers; ++layer) {
    Decoder<T>& decoder = decoders_[static_cast<std::size_t>(layer)];
    const DecoderWeights& stored = weights_->decoders[static_cast<std::size_t>(layer)];
    decoder.attention_norm = norm<T>(stored.attention_norm, c, baseline_);
    decoder.mlp_norm = norm<T>(stored.mlp_norm, c, baseline_);
    for (const Kind kind : kinds(c.family)) {
      const scaling::LinearRule rule = recipe.resolve(linear_name(layer, kind));
      decoder.linear[static_cast<std::size_t>(kind)]->apply(rule, baseline_, engines(rule.gemm), measure, backward);
    }
  }
  final_norm_ = norm<T>(weights_->final_norm, c, baseline_);
  head_->apply({}, baseline_, engines(scaling::Gemm{}), measure, backward);
}

template <class T>
void Transformer<T>::weights_changed(std::uint64_t number) {
  token_embedding_.clear();
  position_embedding_.clear();
  for (Decoder<T>& decoder : decoders_)
    for (const Kind kind : kinds(weights_->config.family))
      decoder[kind].weight_changed(draw_of(seed_, kWeights, number));
  head_->weight_changed();
}

template <class T>
void Transformer<T>::embed(const Batch& batch, std::vector<T>& x) {
  const Config& c = weights_->config;
  x.resize(static_cast<std::size_t>(batch.rows() * c.width));
  nn::embed(std::span<const std::int32_t>(batch.ids), values_of(weights_->token_embedding, baseline_, token_embedding_),
            c.width, x.data());
  if (c.family != Family::gpt) return;
  const T* positions = values_of(weights_->position_embedding, baseline_, position_embedding_);
  for (std::int64_t s = 0; s < batch.sequences(); ++s) {
    const std::int64_t first = batch.offsets[static_cast<std::size_t>(s)];
    for (std::int64_t t = first; t < batch.offsets[static_cast<std::size_t>(s) + 1]; ++t)
      for (std::int64_t i = 0; i < c.width; ++i)
        x[static_cast<std::size_t>(t * c.width + i)] += positions[(batch.first_position + t - first) * c.width + i];
  }
  nn::round_to(baseline_, x.data(), static_cast<std::int64_t>(x.size()));
}

template <class T>
void Transformer<T>::decode(const Batch& batch, std::int64_t first, std::int64_t last, T* x, nn::CastObserver* observer,
                            std::vector<KeyValueCache<T>>* caches) {
  assert(caches == nullptr || batch.sequences() == 1);
  pass_.casts = {observer, &seen_, draw_of(seed_, kPasses, batch.number)};
  pass_.dropout = {};
  for (std::int64_t layer = first; layer < last; ++layer) {
    const auto index = static_cast<std::size_t>(layer);
    KeyValueCache<T>* cache = caches != nullptr ? &(*caches)[index] : nullptr;
    if (weights_->config.family == Family::gpt)
      gpt_decoder_forward(weights_->config, decoders_[index], batch, layer, cache, pass_, x);
    else
      llama_decoder_forward(weights_->config, decoders_[index], batch, layer, cache, pass_, x);
  }
  advance_histories(scaling::Advance::micro_batch);
  advance_histories(scaling::Advance::step);
}

template <class T>
void Transformer<T>::logits(const T* x, std::int64_t rows, T* out) const {
  std::vector<T> normed(static_cast<std::size_t>(rows * weights_->config.width));
  nn::norm_forward(final_norm_, x, rows, normed.data());
  nn::round_to(baseline_, normed.data(), static_cast<std::int64_t>(normed.size()));
  nn::LinearInput<T> input(normed.data(), rows, weights_->config.width);
  head_->forward(input, out, {});
}

template <class T>
void Transformer<T>::score(const T* x, std::span<const std::int32_t> targets, nn::TokenScore* scores) const {
  const Config& c = weights_->config;
  const ScoredRows<T> scored(x, targets, c.width);
  std::fill_n(scores, targets.size(), nn::TokenScore{});
  const auto held = std::make_unique_for_overwrite<T[]>(
      static_cast<std::size_t>(std::min(scored.count(), kScoredRows) * c.vocabulary));
  for (std::int64_t start = 0; start < scored.count(); start += kScoredRows) {
    const std::int64_t count = std::min(kScoredRows, scored.count() - start);
    logits(scored.x + start * c.width, count, held.get());
    machine::share(count, static_cast<double>(c.vocabulary), [&](std::int64_t i) {
      const auto row = static_cast<std::size_t>(start + i);
      scores[scored.position[row]] = nn::score(held.get() + i * c.vocabulary, c.vocabulary, scored.target[row]);
    });
  }
}

// Final norm, head, loss, and back: dx [T, C] from the residual stream x after the last decoder, zero where no target
// is scored. Logits are held for kScoredRows positions at a time.
template <class T>
double Transformer<T>::head_backward(const T* x, std::span<const std::int32_t> targets, T factor, T* dx,
                                     Gradients<T>& gradients, const nn::CastPass& casts) {
  const Config& c = weights_->config;
  const ScoredRows<T> scored(x, targets, c.width);
  const std::int64_t rows = scored.count();
  std::vector<T> normed(static_cast<std::size_t>(rows * c.width));
  nn::norm_forward(final_norm_, scored.x, rows, normed.data());
  pass_.round(normed.data(), rows * c.width);
  const auto held =
      std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(std::min(rows, kScoredRows) * c.vocabulary));
  std::vector<double> losses(scored.target.size());
  for (std::int64_t start = 0; start < rows; start += kScoredRows) {
    const std::int64_t count = std::min(kScoredRows, rows - start);
    nn::LinearInput<T> input(normed.data() + start * c.width, count, c.width);
    nn::KeptInput<T> kept;
    head_->forward(input, held.get(), casts, &kept);
    machine::share(count, 2.0 * static_cast<double>(c.vocabulary), [&](std::int64_t i) {
      const auto row = static_cast<std::size_t>(start + i);
      losses[row] = nn::loss_and_gradient(held.get() + i * c.vocabulary, c.vocabulary, scored.target[row], factor);
    });
    pass_.round(held.get(), count * c.vocabulary);
    head_->backward(kept, held.get(), dx + start * c.width, false, gradients.head, casts);
  }
  nn::norm_backward(final_norm_, scored.x, dx, rows, dx, gradients.final_norm.gain, gradients.final_norm.bias);
  pass_.round(dx, rows * c.width);
  scored.spread(dx, static_cast<std::int64_t>(targets.size()), c.width);
  double total = 0.0;
  for (const double loss : losses) total += loss;
  return total;
}

template <class T>
double Transformer<T>::accumulate(const Batch& batch, std::span<const std::int32_t> targets, T factor,
                                  const nn::Dropout& dropout, Tape<T>& tape, Gradients<T>& gradients,
                                  nn::CastObserver* observer) {
  const Config& c = weights_->config;
  assert(batch.first_position == 0 && static_cast<std::int64_t>(targets.size()) == batch.rows());
  const std::int64_t elements = batch.rows() * c.width;
  pass_.casts = {observer, &seen_, draw_of(seed_, kPasses, batch.number)};
  pass_.dropout = dropout;
  tape.resize(decoders_.size());
  std::vector<T> x;
  embed(batch, x);
  nn::drop(dropout, 0, x.data(), elements);
  pass_.round(x.data(), elements);
  for (std::size_t layer = 0; layer < decoders_.size(); ++layer) {
    const auto number = static_cast<std::int64_t>(layer);
    if (c.family == Family::gpt)
      gpt_decoder_forward<T>(c, decoders_[layer], batch, number, nullptr, pass_, x.data(), &tape[layer]);
    else
      llama_decoder_forward<T>(c, decoders_[layer], batch, number, nullptr, pass_, x.data(), &tape[layer]);
  }
  std::vector<T> dx(x.size());
  const double loss = head_backward(x.data(), targets, factor, dx.data(), gradients, pass_.casts);
  for (std::size_t layer = decoders_.size(); layer-- > 0;) {
    const auto number = static_cast<std::int64_t>(layer);
    if (c.family == Family::gpt)
      gpt_decoder_backward(c, decoders_[layer], batch, number, tape[layer], pass_, dx.data(),
                           gradients.decoders[layer]);
    else
      llama_decoder_backward(c, decoders_[layer], batch, number, tape[layer], pass_, dx.data(),
                             gradients.decoders[layer]);
  }
  nn::drop(dropout, 0, dx.data(), elements);
  pass_.round(dx.data(), elements);
  nn::embed_backward(std::span<const std::int32_t>(batch.ids), dx.data(), c.width, gradients.token_embedding);
  if (c.family == Family::gpt)
    for (std::int64_t s = 0; s < batch.sequences(); ++s) {
      const std::int64_t first = batch.offsets[static_cast<std::size_t>(s)];
      const std::int64_t count = (batch.offsets[static_cast<std::size_t>(s) + 1] - first) * c.width;
      for (std::int64_t i = 0; i < count; ++i)
        gradients.position_embedding[i] += dx[static_cast<std::size_t>(first * c.width + i)];
    }
  return loss;
}

template <class T>
void Transformer<T>::observe_weights(nn::CastObserver& observer) const {
  for (const Decoder<T>& decoder : decoders_)
    for (const Kind kind : kinds(weights_->config.family)) decoder[kind].observe_weight(observer);
}

template <class T>
void Transformer<T>::advance_histories(scaling::Advance end) {
  for (std::size_t layer = 0; layer < decoders_.size(); ++layer)
    for (const Kind kind : kinds(weights_->config.family))
      decoders_[layer][kind].advance(
          end, seen_[static_cast<std::size_t>(linear_number(static_cast<std::int64_t>(layer), kind))]);
}

template <class T>
std::vector<nn::LinearHistory> Transformer<T>::exchange_histories(std::vector<nn::LinearHistory> histories) {
  seen_.assign(seen_.size(), {});
  histories.resize(decoders_.size() * kinds(weights_->config.family).size());
  auto history = histories.begin();
  for (Decoder<T>& decoder : decoders_)
    for (const Kind kind : kinds(weights_->config.family)) {
      auto& linear = *decoder.linear[static_cast<std::size_t>(kind)];
      *history = linear.exchange_history(std::move(*history));
      ++history;
    }
  return histories;
}

template <class T>
std::vector<nn::LinearHistory> Transformer<T>::histories() const {
  std::vector<nn::LinearHistory> result;
  for (const Decoder<T>& decoder : decoders_)
    for (const Kind kind : kinds(weights_->config.family)) result.push_back(decoder[kind].history());
  return result;
}

template class Transformer<float>;
template class Transformer<double>;

}  // namespace octavo::sim::model
