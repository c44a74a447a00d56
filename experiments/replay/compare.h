// octavo compare: recorded results against the emulator's, bit for bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/replay/emulator.h"
#include "experiments/replay/verdict.h"
#include "experiments/store/cases/cases.h"

namespace octavo::experiments::replay {

struct CompareFlags {
  std::string engine;            ///< of products, in place of the recorded operation's; empty: the operation's
  std::int64_t differences = 3;  ///< to keep of each case
};

/// A recorded result that the emulator does not give. Operands and trace are there for products only.
struct Difference {
  std::int64_t result = 0;  ///< its index in the case, row by row
  std::uint32_t recorded = 0;
  std::uint32_t computed = 0;
  std::uint32_t input = 0;  ///< of a conversion
  std::int64_t a_row = 0;
  std::int64_t b_row = 0;
  std::vector<std::uint8_t> a;
  std::vector<std::uint8_t> b;
  std::uint32_t c = 0;
  std::vector<StepTrace> steps;
  Verdict verdict = Verdict::far;
  std::optional<std::int64_t> place;  ///< of a misplaced result: the first whose bits it has
};

struct CaseComparison {
  std::string file;
  std::string id;
  std::string operation;
  std::string source;
  std::string model;  ///< what computed: everything that decides the bits
  std::string layout;
  formats::Spec a_format{};
  formats::Spec b_format{};
  bool product = false;
  int width = 32;            ///< bits of a result
  int c_width = 32;          ///< of c
  bool bf16 = false;         ///< numbers of 16 bits are bfloat16, not f16
  int input_width = 32;      ///< of a conversion
  std::int64_t results = 0;  ///< with amax
  std::int64_t mismatches = 0;
  VerdictCounts verdicts;  ///< of at most about kMostJudged mismatches; none of digests and amax
  std::optional<std::pair<std::uint32_t, std::uint32_t>> amax;  ///< recorded and computed, bits of f32
  std::vector<Difference> first;
};

/// Cases as a file of them has it: CASES.h5, or the text form of recorded results. Throws Error.
std::vector<store::Case> read_case_file(const std::filesystem::path& path);

/// Computes what the case records and compares all bits, NaN included. Throws Error, naming file and case, for an
/// operation or format that is unknown and for operands that do not go with the operation.
CaseComparison compare_case(const std::string& file, const store::Case& recorded, const CompareFlags& flags);

}  // namespace octavo::experiments::replay
