// The algorithm of one product on cuBLASLt: what its heuristic proposes, and a split of K that is asked for.
#pragma once

#include "cuda/cublaslt/library.h"
#include "cuda/library_product.h"

namespace octavo::cuda {

inline constexpr std::size_t kWorkspaceBytes = 64u << 20;

/// A product as the library sees it. All of it must outlive the call.
struct CublasLtProblem {
  const CublasLt& lt;
  const CublasLtHandle& handle;
  const CublasLtDescription& description;
  const CublasLtLayout& a;
  const CublasLtLayout& b;
  const CublasLtLayout& c;
  const CublasLtLayout& d;
};

struct CublasLtAlgorithm {
  cublasLtMatmulAlgo_t algorithm{};
  int proposals = 0;  ///< of the heuristic
};

/// The proposal that the product asks for; with a forced split of K, the first from there on that takes it with any
/// reduction. Throws Error if there is none.
CublasLtAlgorithm choose_algorithm(const CublasLtProblem& problem, const LibraryProduct& product);

/// Fills in the algorithm's numbers.
void describe_algorithm(const CublasLt& lt, const CublasLtAlgorithm& chosen, LibraryResult& result);

}  // namespace octavo::cuda
