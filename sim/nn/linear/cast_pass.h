// What the casts of one pass over a micro-batch read besides their tensors, and what they leave behind.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "formats/random.h"
#include "scaling/cast.h"
#include "scaling/recipe/recipe.h"

namespace octavo::sim::nn {

using scaling::CastOutcome;
using scaling::CastTensor;

/// The tensors that a linear layer reads and makes, as values: x and dy before the cast, y, dx and dw unscaled.
enum class LinearTensor : std::uint8_t { x, y, dy, dx, dw };

/// Sees each cast of a pass in order. `linear` is the number that the layer was made with.
class CastObserver {
 public:
  virtual ~CastObserver() = default;
  virtual bool wants(int linear, scaling::Role role) const = 0;
  virtual void observe(int linear, scaling::Role role, const CastOutcome& outcome) = 0;
  /// Shown every tensor in the order in which it is read or made, dw before the micro-batches are added up.
  virtual void inspect(int /*linear*/, LinearTensor /*which*/, std::span<const float> /*values*/) {}
};

/// Amaxes that a layer's tensors under policies with a history had since these last advanced; those of several passes
/// merge.
struct LinearAmax {
  std::optional<formats::MeasuredAmax> input;
  std::optional<formats::MeasuredAmax> gradient;
};

/// Where a pass leaves them, by the number of the layer.
using SeenAmaxes = std::vector<LinearAmax>;

inline void add(std::optional<formats::MeasuredAmax>& seen, const formats::MeasuredAmax& amax) {
  if (seen)
    *seen += amax;
  else
    seen = amax;
}

struct CastPass {
  CastObserver* observer = nullptr;
  SeenAmaxes* seen = nullptr;  ///< not kept if null
  std::uint64_t draw = 0;      ///< what stochastic rounding is seeded with: another for each pass
};

/// The random bits of one cast: a tensor is known by its layer and role, and by which copy of it is cast (the one as it
/// lies, or the one whose blocks run along the other dimension).
inline formats::RandomStream random_stream(std::uint64_t draw, int linear, scaling::Role role, bool turned) {
  return {.seed = draw,
          .tensor = 8 * static_cast<std::uint32_t>(linear) + 2 * static_cast<std::uint32_t>(role) + (turned ? 1u : 0u)};
}

}  // namespace octavo::sim::nn
