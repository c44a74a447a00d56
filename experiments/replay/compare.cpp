// Comparing recorded cases one by one.
#include "experiments/replay/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <string_view>

#include "experiments/replay/recorded_text.h"
#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments::replay {
namespace {

/// Counts and keeps what differs, and returns where; `complete` fills in a difference's operands.
template <class Complete>
std::vector<std::int64_t> count(const std::vector<std::uint32_t>& recorded, const std::vector<std::uint32_t>& computed,
                                const CompareFlags& flags, CaseComparison& result, const Complete& complete) {
  result.results = static_cast<std::int64_t>(recorded.size());
  std::vector<std::int64_t> mismatches;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if (recorded[i] == computed[i]) continue;
    mismatches.push_back(static_cast<std::int64_t>(i));
    if (++result.mismatches > flags.differences) continue;
    Difference difference;
    difference.result = static_cast<std::int64_t>(i);
    difference.recorded = recorded[i];
    difference.computed = computed[i];
    complete(difference);
    result.first.push_back(std::move(difference));
  }
  return mismatches;
}

/// At most about kMostJudged of the mismatches: the first `kept`, and of all as many, evenly.
std::vector<std::int64_t> to_be_judged(std::vector<std::int64_t> mismatches, std::size_t kept) {
  const std::size_t count = mismatches.size();
  if (count <= kMostJudged) return mismatches;
  std::vector<std::int64_t> chosen;
  for (std::size_t i = 0; i < count; ++i)
    if (i < std::min(kept, kMostJudged) || i * kMostJudged / count != (i + 1) * kMostJudged / count)
      chosen.push_back(mismatches[i]);
  return chosen;
}

void judge(const EmulatedProduct& product, const std::vector<std::uint32_t>& recorded,
           const std::vector<std::uint32_t>& computed, const std::vector<std::int64_t>& mismatches,
           CaseComparison& result) {
  const std::vector<std::int64_t> judged = to_be_judged(mismatches, result.first.size());
  const std::vector<Verdict> all = verdicts(product, recorded, computed, judged);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ++result.verdicts.of(all[i]);
    if (i >= result.first.size()) continue;
    Difference& difference = result.first[i];
    difference.verdict = all[i];
    if (all[i] == Verdict::misplaced)
      difference.place = place_of(product, computed, difference.result, difference.recorded);
  }
}

void compare_product(const ProductOperation& operation, const store::ProductCase& data, const CompareFlags& flags,
                     CaseComparison& result) {
  const EmulatedProduct product(operation, data, flags.engine);
  result.product = true;
  result.model = product.description();
  result.layout = data.layout == store::CaseLayout::gemm
                      ? fmt::format("gemm {} x {} x {}", data.a_rows, data.b_rows, data.depth)
                      : fmt::format("dots of {}", data.depth);
  result.width = product.width();
  result.a_format = product.a_format();
  result.b_format = product.b_format();
  const store::ProductCase& terms = product.terms();
  const LibraryResults computed = product.results();
  if (data.call) {
    result.bf16 = store::is_bf16(data.call->output);
    result.c_width = data.c ? data.c->width : 32;
    if (data.call->amax) result.amax = std::pair(*data.call->amax, computed.amax);
  } else {
    result.c_width = result.width;
  }
  const std::vector<std::uint32_t> recorded = product.recorded();
  const std::vector<std::int64_t> mismatches = count(recorded, computed.d, flags, result, [&](Difference& difference) {
    difference.a_row = product.a_row(difference.result);
    difference.b_row = product.b_row(difference.result);
    const auto row = [&](const std::vector<std::uint8_t>& codes, std::int64_t i) {
      const auto first = codes.begin() + i * terms.depth;
      return std::vector<std::uint8_t>(first, first + terms.depth);
    };
    difference.a = row(terms.a, difference.a_row);
    difference.b = row(terms.b, difference.b_row);
    difference.c = product.addend(difference.result);
    difference.steps = product.trace(difference.result);
  });
  if (!mismatches.empty()) judge(product, recorded, computed.d, mismatches, result);
  if (!result.amax) return;
  ++result.results;
  if (result.amax->first != result.amax->second) ++result.mismatches;
}

void compare_conversion(const ConversionOperation& operation, const store::ConversionCase& data,
                        const CompareFlags& flags, CaseComparison& result) {
  const std::vector<std::uint32_t> computed = emulate(operation, data);
  result.model = "formats/encode.h";
  result.layout = data.digests ? "conversions, digests of 65536" : "conversion";
  result.width = data.output.width;
  result.input_width = data.input.width;
  result.bf16 = data.digests;  // the upper half of a binary32 number is one
  const std::vector<std::int64_t> mismatches =
      count(data.output.values, computed, flags, result, [&](Difference& difference) {
        const auto at = static_cast<std::size_t>(difference.result);
        difference.input = data.input.values[at];
        if (!data.digests) difference.verdict = conversion_verdict(operation.to, data.output.values[at], computed[at]);
      });
  if (data.digests) return;
  for (const std::int64_t i : mismatches) {
    const auto at = static_cast<std::size_t>(i);
    ++result.verdicts.of(conversion_verdict(operation.to, data.output.values[at], computed[at]));
  }
}

}  // namespace

std::vector<store::Case> read_case_file(const std::filesystem::path& path) {
  std::array<char, 8> start{};
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw Error(fmt::format("{}: cannot be read; check the path", messages::printable(path.string())));
  file.read(start.data(), start.size());
  const std::string_view head(start.data(), static_cast<std::size_t>(file.gcount()));
  file.close();
  if (head.starts_with('#')) return {read_recorded_text(path)};
  if (head != "\x89HDF\r\n\x1a\n")
    throw Error(fmt::format("{}: neither recorded cases (CASES.h5) nor their text form, which begins with #",
                            messages::printable(path.string())));
  return store::read_cases(path);
}

CaseComparison compare_case(const std::string& file, const store::Case& recorded, const CompareFlags& flags) {
  CaseComparison result;
  result.file = file;
  result.id = recorded.id;
  result.operation = recorded.operation;
  result.source = recorded.source;
  try {
    if (recorded.answers_only) throw Error("its operands are not in the file; compare with --operands-from-seed");
    const Operation& what = operation(recorded.operation);
    if (const auto* product = std::get_if<ProductOperation>(&what))
      compare_product(*product, std::get<store::ProductCase>(recorded.data), flags, result);
    else
      compare_conversion(std::get<ConversionOperation>(what), std::get<store::ConversionCase>(recorded.data), flags,
                         result);
  } catch (const Error& error) {
    throw Error(
        fmt::format("{}: case {}: {}", messages::printable(file), messages::printable(recorded.id), error.what()));
  }
  return result;
}

}  // namespace octavo::experiments::replay
