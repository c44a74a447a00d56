// Running case families on an executor and recording the results as CASES.h5.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "experiments/capture/executor.h"
#include "experiments/capture/families/plan.h"

namespace octavo::experiments::capture {

/// What became of one family.
struct FamilyCount {
  std::string id;
  std::string settles;
  int cases = 0;
  int skipped = 0;  ///< the executor has no such instruction, form or library
  std::int64_t results = 0;
  std::vector<std::string> refused;      ///< by the library, with its reason; at most one a case
  std::vector<std::string> unwritten{};  ///< cases whose results a kernel left as they were: not recorded
};

/// Share done, and the family in work.
using Progress = std::function<void(double, const std::string&)>;

/// What of a case is written. Answers alone carry the digest of their operands (see operands.h).
enum class Keep : std::uint8_t { operands_and_answers, answers };

/// Runs the families and writes `out` now and then between cases, at the end, and before an error of a case is passed
/// on: what a killed run wrote is whole. `resume`: cases that `out` holds already are kept, and the bytes are those of
/// an uninterrupted run. What a library refuses is written with its words. Throws Error if cases there come from
/// another seed, count or source or are kept otherwise, or if nothing could be run.
std::vector<FamilyCount> capture(Executor& executor, const std::vector<Family>& chosen, const Request& request,
                                 const std::filesystem::path& out, bool resume, const Progress& progress,
                                 Keep keep = Keep::operands_and_answers);

/// The summation tree of a library operation over `terms` terms of K, as describe() puts it.
std::string library_tree(Executor& executor, const std::string& operation, int terms);

/// Numbers of results of a case: `octavo capture` and `octavo capture --small`.
inline constexpr std::int64_t kDefaultCount = 2500;  ///< about 100 MB
inline constexpr std::int64_t kSmallCount = 30;      ///< about 5 MB

}  // namespace octavo::experiments::capture
