// Continuing a prompt token by token, with a key-value cache.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/model/transformer.h"

namespace octavo::sim::model {

/// How a token follows from the logits of its position.
struct Sampling {
  double temperature = 0.0;  ///< 0: the largest logit, the lowest id among equals; above: drawn from
                             ///< softmax(logits / temperature), in binary64
  std::uint64_t seed = 0;    ///< the token of position p is drawn by the seed's random number p

  bool operator==(const Sampling&) const = default;
};

/// The token that `sampling` gives position `position` (0, 1, ... from the start of the text). Throws Error if a logit
/// is not finite.
std::int32_t next_token(std::span<const float> logits, const Sampling& sampling, std::int64_t position);

struct Continuation {
  /// Why there is no further token: as many as asked for, no position left, or a token that ends the text.
  enum class End : std::uint8_t { count, context, stop };
  std::vector<std::int32_t> ids;  ///< the prompt's, then the new ones, the one that ends the text included
  End end = End::count;
};

/// Extends `prompt` (at least one id, all in the vocabulary) by up to `count` tokens; `stops` end the text. Under an
/// activation cast with just-in-time or delayed scaling each step is a micro-batch of its own, the prompt the first.
/// The same bits for any thread count and instruction set (engines with a defined order). Throws Error for a prompt
/// longer than the context, and as next_token.
Continuation generate(Transformer<float>& model, std::vector<std::int32_t> prompt, std::int64_t count,
                      const Sampling& sampling = {}, std::span<const std::int32_t> stops = {});

}  // namespace octavo::sim::model
