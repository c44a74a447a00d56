// Engines by the name that a recipe gives them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scaling/recipe/recipe.h"
#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// The names that make_engine knows, in the order in which help lists them.
std::vector<std::string_view> engine_names();

/// The engine of one of a recipe's products. Throws Error for an unknown name (its message gives near names or all
/// of them), for an accumulator or a promotion interval that the engine has not.
std::unique_ptr<Engine> make_engine(const scaling::Gemm& gemm,
                                    scaling::LinearProduct which = scaling::LinearProduct::fprop);

}  // namespace octavo::sim::gemm
