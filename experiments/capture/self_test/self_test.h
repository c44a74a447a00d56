// octavo capture --selftest: generators, file, comparison and report without a GPU, and proof that they find errors and
// name them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "experiments/capture/capture.h"
#include "experiments/capture/self_test/planted_error.h"

namespace octavo::experiments::capture {

struct SelfTest {
  struct Checked {
    FamilyCount family;
    std::int64_t mismatches = 0;
  };
  /// What one family says of a planted error.
  struct Caught {
    std::string family;
    std::int64_t mismatches = 0;  ///< or cases that are not recorded
    Finding finding = Finding::far;
  };
  struct Planted {
    std::string error;
    std::vector<Caught> caught;
    std::vector<std::string> wrong;  ///< what it should have been called and was not; empty: named for what it is
  };
  struct Tree {
    std::string operation;
    std::string found;
  };
  std::vector<Checked> families;
  std::vector<Planted> planted;
  std::vector<Tree> trees;

  /// Every family has results and no mismatch, and every planted error was caught and named.
  bool passed() const;
};

/// Runs all families, mma.sync for every target, through the emulator into a temporary file and compares that; then the
/// same with each planted error.
SelfTest self_test(std::uint64_t seed, std::int64_t count, const Progress& progress);

/// A line for each family, planted error and tree, and the outcome.
std::string to_text(const SelfTest& test);

}  // namespace octavo::experiments::capture
