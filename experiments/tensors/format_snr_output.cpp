// Curves as a table of peaks, and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiments/printed/json.h"
#include "experiments/printed/text_table.h"
#include "experiments/tensors/format_casts.h"
#include "experiments/tensors/format_snr.h"

namespace octavo::experiments {
namespace {

using store::FormatRow;

/// One source and format: its rows in result.rows.
struct Group {
  std::string source;
  std::string format;
  std::vector<const FormatRow*> curve;
  std::vector<const FormatRow*> policies;
};

std::vector<Group> groups_of(const std::vector<FormatRow>& rows) {
  std::vector<Group> groups;
  for (const FormatRow& row : rows) {
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.source == row.source && group.format == row.format;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), {row.source, row.format, {}, {}});
    (row.scaling == kCurve ? found->curve : found->policies).push_back(&row);
  }
  return groups;
}

/// The peak, and the scales within 1 dB of it.
std::pair<std::string, std::string> curve_text(const std::vector<const FormatRow*>& curve) {
  if (curve.empty()) return {};
  const auto peak = std::max_element(curve.begin(), curve.end(),
                                     [](const FormatRow* a, const FormatRow* b) { return a->snr_db < b->snr_db; });
  auto first = peak;
  auto last = peak;
  while (first != curve.begin() && (*(first - 1))->snr_db >= (*peak)->snr_db - 1.0) --first;
  while (last + 1 != curve.end() && (*(last + 1))->snr_db >= (*peak)->snr_db - 1.0) ++last;
  return {fmt::format("{:.2f}", (*peak)->snr_db), fmt::format("[{}, {}]", (*first)->bias, (*last)->bias)};
}

}  // namespace

std::string format_snr_text(const FormatSnrResult& result) {
  std::string out;
  const std::vector<Group> groups = groups_of(result.rows);
  for (std::size_t i = 0; i < groups.size();) {
    const std::string& source = groups[i].source;
    std::vector<std::vector<std::string>> rows;
    for (; i < groups.size() && groups[i].source == source; ++i) {
      std::string policies;
      for (const FormatRow* row : groups[i].policies) {
        policies += fmt::format("{}{} {:.2f}", policies.empty() ? "" : ", ", row->scaling, row->snr_db);
        if (row->others_snr_db != row->snr_db) policies += fmt::format(" ({:.2f})", row->others_snr_db);
      }
      const auto [peak, within] = curve_text(groups[i].curve);
      rows.push_back({groups[i].format, peak, within, policies});
    }
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", source);
    out += printed::text_table(
        {{"format", true}, {"peak dB"}, {"within 1 dB"}, {"SNR in dB by policy", true, printed::Fit::wraps}}, rows, 2);
  }
  return out + "\nIn brackets: SNR of all elements but the outliers.\n";
}

std::string format_snr_json(const FormatSnrResult& result) {
  return printed::dumped(nlohmann::ordered_json{{"model", result.header.model_name},
                                                {"text", result.header.text_name},
                                                {"rows", printed::rows_json(result.rows)}});
}

}  // namespace octavo::experiments
