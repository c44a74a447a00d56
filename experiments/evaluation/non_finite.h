// NaN and infinity among the tensors that were recorded and among the scores: counted, and the first place named.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "experiments/store/runs/run.h"
#include "experiments/store/runs/training_run.h"

namespace octavo::experiments {

struct NonFinite {
  std::int64_t tensors = 0;  ///< that held a NaN or an infinity
  std::int64_t of_tensors = 0;
  std::uint64_t nan = 0;  ///< elements
  std::uint64_t infinite = 0;
  std::string first;        ///< the first of the tensors with its role; empty if there is none
  std::int64_t tokens = 0;  ///< scored tokens whose loss is not finite
  std::int64_t of_tokens = 0;
  std::int64_t points = 0;  ///< of a sweep, whose loss is not finite
  std::int64_t of_points = 0;
};

/// Of records on an axis, and the losses of the tokens.
NonFinite count_non_finite(std::span<const store::TensorRecord> records, const std::vector<store::TensorName>& axis,
                           std::span<const float> token_loss);

/// Of a training run, over the steps that were recorded.
NonFinite count_non_finite(const store::TensorTraces& traces, const std::vector<store::TensorName>& axis);

/// One line that ends in a newline; empty if everything was finite.
std::string non_finite_text(const NonFinite& found);

nlohmann::json non_finite_json(const NonFinite& found);

}  // namespace octavo::experiments
