// Choosing an algorithm of cuBLASLt.
#include "cuda/cublaslt/algorithm.h"

#include <array>
#include <string>

#include "cuda/cublaslt/split_choice.h"

namespace octavo::cuda {
namespace {

constexpr int kProposals = 16;

cublasLtReductionScheme_t scheme_of(Reduction reduction) {
  switch (reduction) {
    case Reduction::compute_type:
      return CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
    case Reduction::in_place:
      return CUBLASLT_REDUCTION_SCHEME_INPLACE;
    case Reduction::output_type:
      return CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;
  }
  return CUBLASLT_REDUCTION_SCHEME_NONE;
}

/// Sets parts and scheme, and has the library check them. Empty if it takes them, else what it said.
std::string refusal(const CublasLtProblem& p, cublasLtMatmulAlgo_t& algorithm, int parts,
                    cublasLtReductionScheme_t scheme) {
  const std::int32_t number = parts;
  const std::uint32_t reduction = scheme;
  cublasLtMatmulHeuristicResult_t checked{};
  for (const cublasStatus_t status :
       {p.lt.set_config(&algorithm, CUBLASLT_ALGO_CONFIG_SPLITK_NUM, &number, sizeof number),
        p.lt.set_config(&algorithm, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, &reduction, sizeof reduction),
        p.lt.check_algorithm(p.handle.get(), p.description.get(), p.a.get(), p.b.get(), p.c.get(), p.d.get(),
                             &algorithm, &checked)})
    if (status != CUBLAS_STATUS_SUCCESS) return "status " + std::to_string(status);
  return checked.workspaceSize > kWorkspaceBytes ? "it needs more workspace than 64 MiB" : "";
}

}  // namespace

CublasLtAlgorithm choose_algorithm(const CublasLtProblem& p, const LibraryProduct& product) {
  const CublasLtPreference preference(p.lt, kWorkspaceBytes);
  std::array<cublasLtMatmulHeuristicResult_t, kProposals> proposals{};
  CublasLtAlgorithm chosen;
  p.lt.check(p.lt.heuristic(p.handle.get(), p.description.get(), p.a.get(), p.b.get(), p.c.get(), p.d.get(),
                            preference.get(), kProposals, proposals.data(), &chosen.proposals),
             "heuristic");
  if (product.algorithm >= chosen.proposals)
    throw Error("cuBLASLt proposes " + std::to_string(chosen.proposals) + " algorithms for this product; number " +
                std::to_string(product.algorithm) + " was asked for");
  const auto proposed = [&](int i) { return proposals[static_cast<std::size_t>(i)].algo; };
  chosen.algorithm = proposed(product.algorithm);
  if (product.split_k == 1) {
    const std::string said = refusal(p, chosen.algorithm, 1, CUBLASLT_REDUCTION_SCHEME_NONE);
    if (!said.empty()) throw Error("cuBLASLt: this algorithm without split-K: " + said);
  } else if (product.split_k > 1) {
    first_that_splits(product.algorithm, chosen.proposals, product.split_k, [&](const SplitChoice& choice) {
      chosen.algorithm = proposed(choice.proposal);
      return refusal(p, chosen.algorithm, product.split_k, scheme_of(choice.reduction));
    });
  }
  return chosen;
}

void describe_algorithm(const CublasLt& lt, const CublasLtAlgorithm& chosen, LibraryResult& result) {
  const auto config = [&](cublasLtMatmulAlgoConfigAttributes_t attribute) {
    std::int32_t value = 0;
    std::size_t written = 0;
    lt.check(lt.get_config(&chosen.algorithm, attribute, &value, sizeof value, &written),
             "configuration of the algorithm");
    return static_cast<int>(value);
  };
  result.proposals = chosen.proposals;
  result.algorithm_id = config(CUBLASLT_ALGO_CONFIG_ID);
  result.tile = config(CUBLASLT_ALGO_CONFIG_TILE_ID);
  result.stages = config(CUBLASLT_ALGO_CONFIG_STAGES_ID);
  result.split_k = config(CUBLASLT_ALGO_CONFIG_SPLITK_NUM);
  result.reduction = config(CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME);
}

}  // namespace octavo::cuda
