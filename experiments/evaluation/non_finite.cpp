// Counting and saying what was not finite.
#include "experiments/evaluation/non_finite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace octavo::experiments {
namespace {

void add(NonFinite& found, const store::TensorName& tensor, std::uint64_t nan, std::uint64_t infinite) {
  ++found.of_tensors;
  if (nan + infinite == 0) return;
  ++found.tensors;
  found.nan += nan;
  found.infinite += infinite;
  if (found.first.empty()) found.first = fmt::format("{} {}", tensor.name, scaling::name(tensor.role));
}

}  // namespace

NonFinite count_non_finite(std::span<const store::TensorRecord> records, const std::vector<store::TensorName>& axis,
                           std::span<const float> token_loss) {
  NonFinite found;
  for (const store::TensorRecord& record : records)
    add(found, axis[static_cast<std::size_t>(record.index)], record.nan, record.infinite);
  found.of_tokens = static_cast<std::int64_t>(token_loss.size());
  found.tokens = std::ranges::count_if(token_loss, [](float loss) { return !std::isfinite(loss); });
  return found;
}

NonFinite count_non_finite(const store::TensorTraces& traces, const std::vector<store::TensorName>& axis) {
  NonFinite found;
  for (std::size_t tensor = 0; tensor < axis.size(); ++tensor) {
    std::uint64_t nan = 0;
    std::uint64_t infinite = 0;
    for (std::size_t i = tensor; i < traces.nan.size(); i += axis.size()) {
      nan += traces.nan[i];
      infinite += traces.infinite[i];
    }
    add(found, axis[tensor], nan, infinite);
  }
  return found;
}

std::string non_finite_text(const NonFinite& found) {
  std::string text;
  if (found.tensors > 0)
    text = fmt::format("{} NaN and {} infinite elements in {} of {} tensors, first in {}", found.nan, found.infinite,
                       found.tensors, found.of_tensors, found.first);
  if (found.tokens > 0)
    text += fmt::format("{}the loss of {} of {} tokens is not finite", text.empty() ? "" : "; ", found.tokens,
                        found.of_tokens);
  if (found.points > 0)
    text += fmt::format("{}the loss of {} of {} points is not finite", text.empty() ? "" : "; ", found.points,
                        found.of_points);
  return text.empty() ? text : "not finite: " + text + "\n";
}

nlohmann::json non_finite_json(const NonFinite& found) {
  return {{"tensors", found.tensors},
          {"nan", found.nan},
          {"infinite", found.infinite},
          {"first", found.first.empty() ? nlohmann::json(nullptr) : nlohmann::json(found.first)},
          {"tokens", found.tokens},
          {"points", found.points}};
}

}  // namespace octavo::experiments
