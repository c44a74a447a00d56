// The type that a matrix instruction sums in: the one such choice that recipes, emulated tensor cores and the GPU's own
// instructions share.
#pragma once

#include <cstdint>
#include <string_view>

namespace octavo::formats {

enum class Accumulator : std::uint8_t { f32, f16 };

constexpr std::string_view name(Accumulator accumulator) { return accumulator == Accumulator::f32 ? "f32" : "f16"; }

}  // namespace octavo::formats
