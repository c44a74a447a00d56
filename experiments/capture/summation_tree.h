// The tree in which a sum's terms meet, found from outside by FPRev's question (arXiv 2411.00442), for fused sums too.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "experiments/capture/families/tree_probe.h"

namespace octavo::experiments::capture {

/// A leaf is one term; an inner node is one addition, of as many children as are added at once.
struct SummationTree {
  int term = -1;  ///< of a leaf
  std::vector<SummationTree> children;

  int size() const;
  bool operator==(const SummationTree&) const = default;
};

/// Answers probes: how many units survive each.
using Ask = std::function<std::vector<int>(std::span<const TreeProbe>)>;

/// The tree of a sum of `terms` terms, by at most terms^2 / 2 probes. Two terms' node has as many leaves as units do
/// not survive their probe. Throws Error if the answers belong to no tree.
SummationTree discover_tree(int terms, const Ask& ask);

/// In words: "chain of 4 x 32" (each step adds 32 products and what came before at once), "sum of 4 x (...)".
std::string describe(const SummationTree& tree);

}  // namespace octavo::experiments::capture
