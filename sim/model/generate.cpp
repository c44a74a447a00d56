// Greedy decoding and sampling.
#include "sim/model/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "messages/error.h"
#include "sim/nn/elementwise/elementary.h"
#include "sim/nn/random.h"

namespace octavo::sim::model {
namespace {

/// A number in [0, 1) of 53 bits.
double uniform(std::uint64_t key, std::uint64_t counter) {
  return static_cast<double>(nn::hash(key, counter) >> 11) * 0x1p-53;
}

/// The first id whose share and those of the ids before it exceed `place` of the whole. Sums ascend with the id.
std::int32_t draw(std::span<const float> logits, float largest, double temperature, double place) {
  const auto weight = [&](float logit) {
    return nn::exp((static_cast<double>(logit) - static_cast<double>(largest)) / temperature);
  };
  double total = 0.0;
  for (const float logit : logits) total += weight(logit);
  double sum = 0.0;
  std::size_t id = 0;
  for (; id + 1 < logits.size(); ++id) {
    sum += weight(logits[id]);
    if (sum > place * total) break;
  }
  return static_cast<std::int32_t>(id);
}

}  // namespace

std::int32_t next_token(std::span<const float> logits, const Sampling& sampling, std::int64_t position) {
  assert(!logits.empty() && sampling.temperature >= 0.0);
  if (!std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); }))
    throw Error(fmt::format(
        "generation: a logit of position {} is not finite; give a recipe with scaling that fits, or none", position));
  const auto largest = std::ranges::max_element(logits);
  if (sampling.temperature == 0.0) return static_cast<std::int32_t>(largest - logits.begin());
  return draw(logits, *largest, sampling.temperature, uniform(sampling.seed, static_cast<std::uint64_t>(position)));
}

Continuation generate(Transformer<float>& model, std::vector<std::int32_t> prompt, std::int64_t count,
                      const Sampling& sampling, std::span<const std::int32_t> stops) {
  assert(!prompt.empty());
  const Config& config = model.config();
  const auto length = static_cast<std::int64_t>(prompt.size());
  if (length > config.context)
    throw Error(fmt::format("generation: the prompt has {} tokens, the model {} positions; give a shorter prompt",
                            length, config.context));
  Continuation result{std::move(prompt), Continuation::End::count};
  std::vector<KeyValueCache<float>> caches(static_cast<std::size_t>(config.layers));
  std::vector<float> x;
  std::vector<float> logits(static_cast<std::size_t>(config.vocabulary));
  std::int64_t position = 0;
  for (std::int64_t step = 0; step < count; ++step) {
    if (static_cast<std::int64_t>(result.ids.size()) > config.context) {
      result.end = Continuation::End::context;
      break;
    }
    Batch batch;
    batch.first_position = position;
    batch.number = static_cast<std::uint64_t>(position);
    batch.add(std::span(result.ids).subspan(static_cast<std::size_t>(position)));
    model.embed(batch, x);
    model.decode(batch, 0, config.layers, x.data(), nullptr, &caches);
    position += batch.rows();
    model.logits(x.data() + (batch.rows() - 1) * config.width, 1, logits.data());
    result.ids.push_back(next_token(logits, sampling, position));
    if (std::ranges::find(stops, result.ids.back()) != stops.end()) {
      result.end = Continuation::End::stop;
      break;
    }
  }
  return result;
}

}  // namespace octavo::sim::model
