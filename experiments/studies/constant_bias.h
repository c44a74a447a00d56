// The interval of constant biases that hold, found by bisection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "experiments/store/runs/rows/study_rows.h"

namespace octavo::experiments::studies {

inline constexpr int kLargestBias = 8;  ///< biases of -8 to 8 are looked at

struct BiasInterval {
  int first = 0;
  int last = 0;
  bool operator==(const BiasInterval&) const = default;
};

/// The interval around the bias nearest to 0 that holds (the smaller of two), if the biases that hold are one interval:
/// its ends by bisection, -8 and 8 where it reaches beyond. Nothing if none of -4 to 4 holds. `holds` is asked about
/// each bias once at most, and about four where `guess` (the interval of another seed, say) is right.
std::optional<BiasInterval> find_interval(const std::function<bool(int)>& holds,
                                          const std::optional<BiasInterval>& guess = std::nullopt);

/// The row of the interval of the model and task of `outcome`; three zeros if there is none.
store::BiasIntervalRow interval_row(const store::OutcomeRow& outcome, const std::optional<BiasInterval>& interval,
                                    std::int32_t amax_bias_min);

}  // namespace octavo::experiments::studies
