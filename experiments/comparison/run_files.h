// Two run files: what was done differently, and what came out differently, down to the bits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/store/hdf5/difference.h"

namespace octavo::experiments {

/// An attribute of the files that is not the same, in words.
struct AttributePair {
  std::string name;
  std::string first;
  std::string second;
};

/// A point that both files have: one group under /runs, paired by policy, scope, target, role and bias, or by its
/// number where those are the same for several.
struct PointPair {
  std::string label;
  int first = 0;  ///< its number in either file
  int second = 0;
  double loss[2]{};  ///< last values; NaN where the point has none
  double accuracy[2]{};
  double increase = 0;                         ///< of the second's loss over the first's, nats a token
  double increase_se = 0;                      ///< paired by token; NaN where the tokens are not the same
  std::vector<store::Difference> differences;  ///< below the point's group
};

struct RunFilesComparison {
  std::string name[2];
  std::string about[2];                   ///< experiment, model, text, recipe
  std::vector<AttributePair> attributes;  ///< what was done and with what
  std::vector<PointPair> points;
  std::vector<std::string> only_first;  ///< labels of points that one file has alone
  std::vector<std::string> only_second;
  std::vector<store::Difference> elsewhere;  ///< in tables and axes
  std::uint64_t objects = 0;                 ///< looked at

  /// True if all results are the same bits; attributes of provenance and configuration are no results.
  bool same() const;
};

/// True if `path` is a run file: what this can compare.
bool is_run_file(const std::filesystem::path& path);

/// Throws Error if one is no run file, or damaged. Versions of the schema may differ.
RunFilesComparison compare_run_files(const std::filesystem::path& first, const std::filesystem::path& second);

std::string run_files_text(const RunFilesComparison& comparison);
std::string run_files_json(const RunFilesComparison& comparison);

}  // namespace octavo::experiments
