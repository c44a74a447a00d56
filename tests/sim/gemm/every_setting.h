// Runs a test's body on every instruction set of this processor, with several numbers of threads.
#pragma once

#include <gtest/gtest.h>
#include <omp.h>

#include "formats/instruction_set.h"

namespace octavo::sim::gemm {

/// Instruction sets of this processor times 1, 2 and 3 threads; restores both settings.
template <typename Body>
void for_every_setting(Body body) {
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

}  // namespace octavo::sim::gemm
