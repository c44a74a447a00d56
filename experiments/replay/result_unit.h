// Results as numbers, and how far one may be from the computed one if the model is right but for a rounding.
#pragma once

#include <cstdint>

#include "experiments/replay/emulator.h"

namespace octavo::experiments::replay {

/// The number that bits of a result are.
double result_value(const EmulatedProduct& product, std::uint32_t bits);

/// An infinity counts as the number behind the largest, since a rounding decides between the two; NaN is infinitely
/// far.
double result_distance(const EmulatedProduct& product, std::uint32_t recorded, std::uint32_t computed);

/// A unit of the last kept place for each term of each instruction, and one of the last place of each sum on the way;
/// of a library's call its scales and roundings besides. Negative if an operand that is no finite number decides.
double result_unit(const EmulatedProduct& product, std::int64_t result, std::uint32_t computed);

}  // namespace octavo::experiments::replay
