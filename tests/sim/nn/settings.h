// Runs a test body on every instruction set of this processor with several numbers of threads.
#pragma once

#include <gtest/gtest.h>
#include <omp.h>

#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "formats/instruction_set.h"

namespace octavo::sim {

/// Calls body() for each setting and restores the one before.
template <class Body>
void for_each_setting(Body body) {
  using formats::InstructionSet;
  const InstructionSet set_before = formats::instruction_set();
  const int threads_before = omp_get_max_threads();
  for (const auto set : {InstructionSet::scalar, InstructionSet::avx2, InstructionSet::avx512}) {
    if (!formats::available(set)) continue;
    formats::use_instruction_set(set);
    for (const int threads : {1, 2, 3}) {
      omp_set_num_threads(threads);
      SCOPED_TRACE(testing::Message() << formats::name(set) << ", " << threads << " threads");
      body();
    }
  }
  formats::use_instruction_set(set_before);
  omp_set_num_threads(threads_before);
}

/// Calls compute(), which returns a std::vector<float>, in each setting: the bits must be those of the first.
template <class Compute>
void expect_same_bits_in_each_setting(Compute compute) {
  const std::vector<float> expected = compute();
  for_each_setting([&] {
    const std::vector<float> result = compute();
    ASSERT_EQ(result.size(), expected.size());
    for (std::size_t i = 0; i < result.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(result[i]), std::bit_cast<std::uint32_t>(expected[i]))
          << "element " << i << ": " << result[i] << " is not " << expected[i];
  });
}

inline std::vector<float> random_normal(std::size_t count, unsigned seed, float deviation = 1.0F) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

}  // namespace octavo::sim
