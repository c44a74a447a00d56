// What an evaluation came to beside the baseline's, and statements about several of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "experiments/evaluation/verdict.h"
#include "experiments/store/runs/rows/study_rows.h"
#include "experiments/store/runs/run.h"
#include "experiments/studies/workshop/workshop.h"

namespace octavo::experiments::studies {

using store::Policy;
using store::Stage;

/// Studies judge as the paper does.
inline constexpr Criterion kStudyCriterion = Criterion::accuracy;

/// The row of `run` beside the baseline's run of the same examples: task, model, seed, numbers; policy, bias and format
/// are left to be filled in. A model that diverged has infinite loss and no accuracy, and fails.
store::OutcomeRow outcome(Stage stage, const Task& task, const Trained& model, const store::Run& run,
                          const store::Run& baseline);

struct Spread {
  double mean = 0.0;
  double deviation = 0.0;  ///< standard deviation of the sample; 0 for one value
};
Spread spread(std::span<const double> values);

/// The rows that `chosen` takes, as numbers.
template <class Rows, class Chosen, class Number>
std::vector<double> numbers(const Rows& rows, const Chosen& chosen, const Number& number) {
  std::vector<double> result;
  for (const auto& row : rows)
    if (chosen(row)) result.push_back(static_cast<double>(number(row)));
  return result;
}

}  // namespace octavo::experiments::studies
