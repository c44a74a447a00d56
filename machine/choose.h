// The one place that chooses among what was compiled for each instruction set.
#pragma once

#include "machine/instruction_set.h"

namespace octavo::machine {

/// The one of three equivalents that was compiled for `set`.
template <class Kernels>
constexpr const Kernels& choose(InstructionSet set, const Kernels& scalar, const Kernels& avx2, const Kernels& avx512) {
  switch (set) {
    case InstructionSet::avx512:
      return avx512;
    case InstructionSet::avx2:
      return avx2;
    case InstructionSet::scalar:
      break;
  }
  return scalar;
}

}  // namespace octavo::machine

/// The last three arguments of choose: `kernels` of the namespaces space::scalar, space::avx2 and space::avx512. Where
/// no vector kernels are compiled (another architecture than x86-64) all three are the scalar ones.
#ifdef OCTAVO_HAS_AVX512
#define OCTAVO_EACH_ISA(space, kernels) space::scalar::kernels, space::avx2::kernels, space::avx512::kernels
#else
#define OCTAVO_EACH_ISA(space, kernels) space::scalar::kernels, space::scalar::kernels, space::scalar::kernels
#endif
