// Every range of a run's settings: its ends are taken, what lies beyond is refused by name.
#include "sim/train/settings.h"

#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

#include "tests/refusal.h"

namespace octavo::sim::train {
namespace {

template <class Number>
std::string refusal(Number Settings::*field, Number value) {
  Settings settings;
  settings.*field = value;
  return tests::refusal([&] { check(settings); });
}

template <class Number>
void expect_range(Number Settings::*field, const char* name, std::initializer_list<Number> taken,
                  std::initializer_list<Number> refused, const char* range) {
  SCOPED_TRACE(name);
  for (const Number value : taken) EXPECT_EQ(refusal(field, value), "accepted") << value;
  for (const Number value : refused) {
    const std::string message = refusal(field, value);
    EXPECT_TRUE(message.starts_with(std::string("training: ") + name + " is ")) << message;
    EXPECT_TRUE(message.ends_with(std::string("; give ") + range)) << message;
  }
}

TEST(Settings, HaveRanges) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double below = std::nextafter(1.0, 0.0);
  const double above = std::nextafter(1.0, 2.0);
  using Counts = std::initializer_list<std::int64_t>;
  const std::int64_t most = 1'000'000'000;
  for (const auto& [field, name] : {std::pair{&Settings::steps, "steps"}, std::pair{&Settings::batch, "batch"},
                                    std::pair{&Settings::accumulation, "accumulation"}})
    expect_range(field, name, Counts{1, most}, Counts{0, -1, most + 1}, "1 to 1000000000");
  for (const auto& [field, name] :
       {std::pair{&Settings::warmup, "warmup"}, std::pair{&Settings::loss_scale_window, "loss_scale_window"}})
    expect_range(field, name, Counts{0, most}, Counts{-1, most + 1}, "0 to 1000000000");
  for (const auto& [field, name] : {std::pair{&Settings::dropout, "dropout"}, std::pair{&Settings::beta1, "beta1"},
                                    std::pair{&Settings::beta2, "beta2"}})
    expect_range(field, name, {0.0, below}, {-1e-9, 1.0, nan}, "0 to below 1");
  expect_range(&Settings::learning_rate, "learning_rate", {1e-300, 1e6}, {0.0, -1.0, 2e6, nan}, "a positive number");
  expect_range(&Settings::final_rate, "final_rate", {0.0, 1.0}, {-1e-9, above, nan}, "0 to 1");
  expect_range(&Settings::epsilon, "epsilon", {1e-300, 1.0}, {0.0, above, nan}, "a positive number up to 1");
  expect_range(&Settings::weight_decay, "weight_decay", {0.0, 1e6}, {-1e-9, 2e6, nan}, "0 or a positive number");
  expect_range(&Settings::clip, "clip", {0.0, 1e300}, {-1e-9, infinity, nan}, "0 (none) or a positive number");
  expect_range(&Settings::loss_scale, "loss_scale", {0x1p-24, 0x1p24}, {0x1p-25, 0x1p25, nan}, "2^-24 to 2^24");
}

}  // namespace
}  // namespace octavo::sim::train
