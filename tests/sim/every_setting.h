// Runs a test's body on every instruction set of this processor, with several numbers of threads.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "machine/instruction_set.h"
#include "machine/threads.h"

namespace octavo::sim {

/// Instruction sets of this processor times 1, 2 and 3 threads; restores both settings.
template <class Body>
void for_every_setting(Body body) {
  using machine::InstructionSet;
  const machine::InstructionSet set_before = machine::instruction_set();
  const int threads_before = machine::threads();
  for (const auto set :
       {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512}) {
    if (!machine::available(set)) continue;
    machine::use_instruction_set(set);
    for (const int threads : {1, 2, 3}) {
      machine::use_threads(threads);
      SCOPED_TRACE(testing::Message() << machine::name(set) << ", " << threads << " threads");
      body();
    }
  }
  machine::use_instruction_set(set_before);
  machine::use_threads(threads_before);
}

/// Calls compute(), which returns a std::vector<float>, in each setting: the bits must be those of the first.
template <class Compute>
void expect_same_bits_in_every_setting(Compute compute) {
  const std::vector<float> expected = compute();
  for_every_setting([&] {
    const std::vector<float> result = compute();
    ASSERT_EQ(result.size(), expected.size());
    for (std::size_t i = 0; i < result.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(result[i]), std::bit_cast<std::uint32_t>(expected[i]))
          << "element " << i << ": " << result[i] << " is not " << expected[i];
  });
}

}  // namespace octavo::sim
