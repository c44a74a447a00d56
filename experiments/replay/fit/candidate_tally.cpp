// Counting what candidates do not give.
#include "experiments/replay/fit/candidate_tally.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace octavo::experiments::replay {

CandidateTally::CandidateTally(std::vector<std::string_view> points, std::vector<std::vector<std::string>> values)
    : points_(std::move(points)), values_(std::move(values)), mismatches_(values_.size()) {}

void CandidateTally::add(std::size_t candidate, const std::string& where, std::int64_t mismatches) {
  if (mismatches > 0) mismatches_[candidate][where] += mismatches;
}

bool CandidateTally::differs_only_in(std::size_t candidate, std::size_t point) const {
  for (std::size_t other = 0; other < points_.size(); ++other)
    if (other != point && values_[candidate][other] != values_[0][other]) return false;
  return candidate == 0 || values_[candidate][point] != values_[0][point];
}

std::string CandidateTally::text() const {
  std::string text;
  for (std::size_t point = 0; point < points_.size(); ++point) {
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!differs_only_in(i, point)) continue;
      std::vector<std::string> families;
      for (const auto& [family, mismatches] : mismatches_[i])
        families.push_back(fmt::format("{} ({})", family, mismatches));
      seen.push_back(families.empty() ? fmt::format("{} fits", values_[i][point])
                                      : fmt::format("{} excluded by {}", values_[i][point], fmt::join(families, ", ")));
    }
    text += fmt::format("  {}: {}\n", points_[point], fmt::join(seen, "; "));
  }
  std::size_t fitting = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (!mismatches_[i].empty()) continue;
    ++fitting;
    text += fmt::format("  fits all: {}\n", fmt::join(values_[i], ", "));
  }
  if (fitting == 0) text += fmt::format("  none of {} candidates fits all results\n", values_.size());
  return text;
}

}  // namespace octavo::experiments::replay
