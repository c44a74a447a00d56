// octavo capture --selftest: generators, file, comparison and report without a GPU, and proof that they find errors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/capture/capture.h"

namespace octavo::experiments::capture {

struct SelfTest {
  struct Checked {
    FamilyCount family;
    std::int64_t mismatches = 0;
  };
  struct Planted {
    std::string error;
    std::vector<std::string> caught_by;  ///< families, with their numbers of mismatches: "W3 (120)"
  };
  struct Tree {
    std::string operation;
    std::string found;
  };
  std::vector<Checked> families;
  std::vector<Planted> planted;
  std::vector<Tree> trees;

  /// Every family has results and no mismatch, and every planted error was caught.
  bool passed() const;
};

/// Runs all families, mma.sync for every target, through the emulator into a temporary file and compares that; then the
/// same with each planted error.
SelfTest self_test(std::uint64_t seed, std::int64_t count, const Progress& progress);

/// A line for each family, planted error and tree, and the outcome.
std::string to_text(const SelfTest& test);

}  // namespace octavo::experiments::capture
