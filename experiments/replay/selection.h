// Sparse operands: of every four elements along K of a, two are stored and multiplied.
#pragma once

#include <array>

#include "experiments/store/cases/cases.h"

namespace octavo::experiments::replay {

/// The selections that there are: first place, second place times four.
inline constexpr std::array<std::uint8_t, 6> kSelections{0x4, 0x8, 0xC, 0x9, 0xD, 0xE};

/// The case with the selected elements alone, of half the K. Throws Error if the case has no selection, if an entry is
/// none of the six that there are, or if a is not zero where it is not selected.
store::ProductCase selected_terms(const store::ProductCase& data);

}  // namespace octavo::experiments::replay
