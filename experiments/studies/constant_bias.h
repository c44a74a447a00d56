// The interval of constant biases that do not fail, found by bisection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "experiments/store/runs/rows/study_rows.h"

namespace octavo::experiments::studies {

inline constexpr int kLargestBias = 8;  ///< biases of -8 to 8 are looked at

struct BiasInterval {
  int first = 0;
  int last = 0;
  bool operator==(const BiasInterval&) const = default;
};

/// The interval around the bias nearest to 0 that does not fail (the smaller of two), if the biases that do not fail
/// are one interval: its ends by bisection, -8 and 8 where it reaches beyond. Nothing if all of -4 to 4 fail. `bears`
/// is asked about each bias once at most, and about four where `guess` (the interval of another seed, say) is right.
std::optional<BiasInterval> find_interval(const std::function<bool(int)>& bears,
                                          const std::optional<BiasInterval>& guess = std::nullopt);

/// The row of the interval of the model and task of `outcome`; three zeros if there is none. `verdicts`: of the biases
/// that were looked at.
store::BiasIntervalRow interval_row(const store::OutcomeRow& outcome, const std::optional<BiasInterval>& interval,
                                    const std::map<int, store::Verdict>& verdicts, std::int32_t amax_bias_min);

}  // namespace octavo::experiments::studies
