// The eigen engine: Eigen's matrix product, quick and without a promise about its bits.
#pragma once

#include <memory>

#include "sim/gemm/engine.h"

namespace octavo::sim::gemm {

/// Eigen's product in binary32. The order of the sums is Eigen's and not defined: bits may change with the number of
/// threads, the shape and Eigen's version. Takes values and codes.
std::unique_ptr<Engine> make_eigen();

}  // namespace octavo::sim::gemm
