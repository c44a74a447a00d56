// Families of whole products: chained wgmma with promotion, and cuBLASLt.
#pragma once

#include <vector>

#include "experiments/capture/families/plan.h"

namespace octavo::experiments::capture {

/// K8: gemm cases of our own chained kernel for every pair of types and promotion never, after 32, 64 and 128; and of
/// several blocks with tails along M, N and K.
std::vector<Plan> chained_products(const Family& family, const Request& request);

/// L1: FPRev probes (E4M3 by E5M2): +X at one place of K, -X at another, the smallest terms elsewhere; a result counts
/// the terms that do not meet X. All places against the first, then random pairs.
std::vector<Plan> library_tree_probes(const Family& family, const Request& request);

/// L2: uniform operands of one sign, for which each promotion shows, over K = 128 to 2048.
std::vector<Plan> library_promotion(const Family& family, const Request& request);

/// L3: Gaussian operands over a grid of M, N and K.
std::vector<Plan> library_shapes(const Family& family, const Request& request);

/// L4: Gaussian operands whose magnitude changes from one 128 of K to the next, K split into 2 to 5 parts.
std::vector<Plan> library_split_k(const Family& family, const Request& request);

}  // namespace octavo::experiments::capture
