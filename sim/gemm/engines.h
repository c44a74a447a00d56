// Engines by the name that a recipe gives them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// The names that make_engine knows, in the order in which help lists them.
std::vector<std::string_view> engine_names();

/// Throws Error for an unknown name; its message gives the nearest name and all of them.
std::unique_ptr<Engine> make_engine(std::string_view name);

}  // namespace octavo::sim::gemm
