// What a recorder makes of several casts of one tensor: the mode of the biases, and sums of everything else.
#include "experiments/evaluation/recorder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace octavo::experiments {
namespace {

using scaling::Role;

sim::model::Config config() {
  sim::model::Config c;
  c.layers = 2;
  return c;
}

/// Of a cast with one bias.
sim::nn::CastOutcome outcome(int bias, float amax) {
  sim::nn::CastOutcome result;
  result.scale = scaling::Scale::of_bias(bias);
  result.blocks = 1;
  result.amax = {amax, false};
  result.statistics.count = 10;
  result.statistics.underflow = 1;
  result.statistics.overflow = bias > 3 ? 4 : 0;
  result.statistics.signal_energy = 100.0;
  result.statistics.error_energy = 1.0;
  ++result.biases[static_cast<std::size_t>(bias + scaling::kBiasLimit)];
  return result;
}

TEST(Recorder, TakesTheModeOfTheBiasesOfAStepsMicroBatches) {
  const TensorAxis axis(config(), scaling::default_recipe(), kTrainingRoles);
  ASSERT_EQ(axis.names().size(), 2U * 7 * 3);
  Recorder recorder(axis, "*");
  const int up = sim::model::linear_number(1, sim::model::Kind::mlp_up);
  // Neither the mean, nor the first, the last or an end.
  for (const int bias : {9, 3, 3, -20, 3, 4})
    recorder.observe(up, Role::gradient, outcome(bias, std::ldexp(1.0F, -bias)));
  const std::vector<store::TensorRecord> records = recorder.records();
  ASSERT_EQ(records.size(), 1U);
  const store::TensorRecord& record = records.front();
  EXPECT_EQ(record.index, axis.find(up, Role::gradient));
  EXPECT_EQ(record.bias, 3);
  EXPECT_EQ(record.scale, 8.0F);
  EXPECT_EQ(record.amax, 0x1p20F);
  EXPECT_EQ(record.elements, 60U);
  EXPECT_DOUBLE_EQ(record.underflow_fraction, 0.1);
  EXPECT_DOUBLE_EQ(record.overflow_fraction, 8.0 / 60.0);
  EXPECT_NEAR(record.snr_db, 20.0, 1e-12);
}

TEST(Recorder, TakesTheSmallestOfBiasesThatAreEquallyFrequent) {
  const TensorAxis axis(config(), scaling::default_recipe(), kTrainingRoles);
  Recorder recorder(axis, "*");
  for (const int bias : {5, 2, 5, 2, 7})
    recorder.observe(sim::model::linear_number(0, sim::model::Kind::attention_q), Role::weight, outcome(bias, 1.0F));
  EXPECT_EQ(recorder.records().at(0).bias, 2);
}

}  // namespace
}  // namespace octavo::experiments
