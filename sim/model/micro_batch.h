// Windows of a text as micro-batches: the sequences of one pass, and what each position should predict.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/model/decoder.h"
#include "sim/text/windows.h"

namespace octavo::sim::model {

struct MicroBatch {
  Batch batch;
  std::vector<std::int32_t> targets;  ///< by row of the batch; nn::kNotScored: none

  void add(const text::Window& window);

  /// Positions with a target.
  std::int64_t scored() const;
};

/// The windows in their order, `size` (>= 1) of them in a micro-batch; the last one may have fewer.
std::vector<MicroBatch> micro_batches(std::span<const text::Window> windows, std::int64_t size);

}  // namespace octavo::sim::model
