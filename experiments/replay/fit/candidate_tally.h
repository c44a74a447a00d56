// Candidate models that differ in named points, held against recorded results: what fits, and what excludes the rest.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace octavo::experiments::replay {

class CandidateTally {
 public:
  /// `values` has a row for each candidate and in it a name for each point. The first candidate is the model; every
  /// candidate that differs from it in one point alone is that point's.
  CandidateTally(std::vector<std::string_view> points, std::vector<std::vector<std::string>> values);

  /// `where`: the family (or part of it) whose results the candidate does not give.
  void add(std::size_t candidate, const std::string& where, std::int64_t mismatches);

  /// For each point the values that fit and what excludes each of the others; then the candidates that fit everything,
  /// or that none does.
  std::string text() const;

 private:
  bool differs_only_in(std::size_t candidate, std::size_t point) const;

  std::vector<std::string_view> points_;
  std::vector<std::vector<std::string>> values_;
  std::vector<std::map<std::string, std::int64_t>> mismatches_;
};

}  // namespace octavo::experiments::replay
