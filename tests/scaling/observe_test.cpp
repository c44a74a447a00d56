// Observations of parts merge into those of the whole, for every policy.
#include "scaling/observe.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "machine/threads.h"
#include "scaling/cast.h"
#include "scaling/choose.h"

namespace octavo::scaling {
namespace {

std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(count);
  for (float& value : x) value = std::ldexp(normal(generator), static_cast<int>(generator() % 16) - 8);
  return x;
}

TEST(Observe, FindsTheAmaxOfEveryBlock) {
  std::vector<float> x = random_values(300 * 517, 1);
  x[77] = std::numeric_limits<float>::quiet_NaN();
  x[99999] = -std::numeric_limits<float>::infinity();
  for (const Granularity& granularity : {kTensor, kRow, kColumn, block(1, 32), block(32, 1), block(64, 64),
                                         block(300, 517), block(299, 3), block(1000, 1000)}) {
    const Matrix matrix(x, 517, granularity);
    std::vector<formats::MeasuredAmax> expected(static_cast<std::size_t>(matrix.grid.blocks()));
    for (std::int64_t i = 0; i < 300 * 517; ++i)
      expected[static_cast<std::size_t>(matrix.grid.of(i / 517, i % 517))] +=
          formats::amax(std::span(x).subspan(static_cast<std::size_t>(i), 1));
    const Observations seen = observe(matrix);
    EXPECT_EQ(seen.amaxes, expected);
    EXPECT_EQ(seen.tensor, formats::amax(x));
    const int threads = machine::threads();
    machine::use_threads(5);
    EXPECT_EQ(observe(matrix), seen);
    machine::use_threads(threads);
  }
}

// As replicas do it: the same shape each, amaxes first, then each round merged before the next one is asked for.
TEST(Observe, MergedObservationsChooseAsOneTensorWould) {
  const std::vector<Policy> policies{Amax{1},          Current{}, LeastError{}, Percentile{99.0},
                                     Percentile{50.0}, Entropy{}, Unit{},       Mx{}};
  const std::size_t size = 70000;
  std::vector<float> all;
  std::vector<std::vector<float>> replicas;
  for (unsigned seed = 0; seed < 3; ++seed) {
    replicas.push_back(random_values(size, seed));
    all.insert(all.end(), replicas.back().begin(), replicas.back().end());
  }
  for (const Policy& policy : policies) {
    const Cast rule{formats::e4m3, policy};
    std::vector<Matrix> parts;
    for (const auto& replica : replicas) parts.emplace_back(replica, 7, kTensor);
    Observations seen = observe(parts[0]);
    for (std::size_t i = 1; i < parts.size(); ++i) merge(seen, observe(parts[i]));
    for (;;) {
      auto round = next_round(parts[0], policy, seen);
      if (round.empty()) break;
      for (std::size_t i = 1; i < parts.size(); ++i) merge(round, next_round(parts[i], policy, seen));
      add_round(seen, std::move(round));
    }
    const Scale merged = choose(rule, parts[0].grid, seen).front();
    const Scale whole = cast(all, 7, rule, false).scale();
    if (std::holds_alternative<Unit>(policy))  // parts of 2^15 elements begin anew in each replica
      EXPECT_NEAR(static_cast<double>(merged.factor / whole.factor), 1.0, 0x1p-22);
    else
      EXPECT_EQ(merged, whole) << policy.index();
  }
}

}  // namespace
}  // namespace octavo::scaling
