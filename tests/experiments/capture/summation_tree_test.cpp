// Summation trees are found from outside: of known trees, and of the emulator's chains, promotions and split K.
#include "experiments/capture/summation_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "experiments/capture/capture.h"
#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

SummationTree leaf(int term) { return {term, {}}; }

std::set<int> terms_of(const SummationTree& tree) {
  if (tree.children.empty()) return {tree.term};
  std::set<int> all;
  for (const SummationTree& child : tree.children) all.merge(terms_of(child));
  return all;
}

/// The answer of a known tree: terms outside the smallest node that holds both.
int survivors(const SummationTree& tree, int terms, const TreeProbe& probe) {
  for (const SummationTree& child : tree.children) {
    const std::set<int> below = terms_of(child);
    if (below.contains(probe.plus) && below.contains(probe.minus)) return survivors(child, terms, probe);
  }
  return terms - tree.size();
}

void expect_found(const SummationTree& tree) {
  const int terms = tree.size();
  const SummationTree found = discover_tree(terms, [&](std::span<const TreeProbe> probes) {
    std::vector<int> answers;
    for (const TreeProbe& probe : probes) answers.push_back(survivors(tree, terms, probe));
    return answers;
  });
  EXPECT_EQ(tree, found) << describe(tree) << " was found as " << describe(found);
}

TEST(SummationTree, KnownTreesAreFound) {
  // ((0 + 1) + 2) + 3, then pairs, then a fused sum of three with an inner node.
  SummationTree chain{-1, {leaf(0), leaf(1)}};
  chain = {-1, {chain, leaf(2)}};
  chain = {-1, {chain, leaf(3)}};
  expect_found(chain);
  expect_found({-1, {{-1, {leaf(0), leaf(2)}}, {-1, {leaf(1), leaf(3)}}}});
  expect_found({-1, {leaf(0), leaf(1), {-1, {leaf(2), leaf(3), leaf(4)}}, leaf(5)}});
  expect_found({-1, {leaf(0), {-1, {leaf(1), {-1, {leaf(2), leaf(3)}}}}}});
}

TEST(SummationTree, AnswersOfNoTreeAreRefused) {
  EXPECT_THROW(discover_tree(8, [](std::span<const TreeProbe> probes) { return std::vector<int>(probes.size(), -1); }),
               Error);
  EXPECT_THROW(discover_tree(8, [](std::span<const TreeProbe> probes) { return std::vector<int>(probes.size(), 5); }),
               Error);
}

TEST(SummationTree, OfTheEmulatedLibrary) {
  const std::unique_ptr<Executor> emulator = make_emulator();
  EXPECT_EQ("chain of 4 x 32", library_tree(*emulator, "cublaslt.fp8.fast_accum", 128));
  EXPECT_EQ("sum of 2 x (chain of 4 x 32)", library_tree(*emulator, "cublaslt.fp8.split_accum", 256));
}

TEST(SummationTree, OfInstructions) {
  const std::unique_ptr<Executor> emulator = make_emulator();
  EXPECT_EQ("one step of 32", library_tree(*emulator, "wgmma.m64n8k32.f32.e4m3.e5m2", 32));
  EXPECT_EQ("chain of 2 x 16", library_tree(*emulator, "mma.m16n8k32.f32.e4m3.e5m2.sm89", 32));
  EXPECT_EQ("chain of 2 x 16", library_tree(*emulator, "mma.m16n8k32.f32.e4m3.e5m2.sm90", 32));
  EXPECT_EQ("sum of 2 x (one step of 16)", library_tree(*emulator, "mma.m16n8k32.f32.e4m3.e5m2.sm90.ptxas12", 32));
}

}  // namespace
}  // namespace octavo::experiments::capture
