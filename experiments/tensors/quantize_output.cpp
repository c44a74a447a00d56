// Tables and JSON of tensors.
#include "experiments/tensors/quantize_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "experiments/printed/text_table.h"
#include "sim/file/tensor.h"

namespace octavo::experiments {
namespace {

using nlohmann::ordered_json;
using printed::Fit;
using sim::file::TensorInfo;

// A .npy file's name need not be UTF-8, but JSON must be.
std::string dump(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

/// A name from a file, without characters that would steer a terminal.
std::string shown(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return name;
}

std::int64_t elements(const TensorInfo& info) { return sim::file::element_count(info.shape).value(); }

/// True if the row has the largest SNR among several scalings of its tensor in its format.
bool best(const QuantizeResult& result, const store::QuantizeRow& row) {
  int others = 0;
  for (const store::QuantizeRow& other : result.rows) {
    if (other.tensor != row.tensor || other.format != row.format || other.run == row.run) continue;
    if (other.snr_db > row.snr_db) return false;
    ++others;
  }
  return others > 0;
}

}  // namespace

std::string list_text(const sim::file::TensorFile& file) {
  std::vector<std::vector<std::string>> rows;
  for (const TensorInfo& info : file.tensors())
    rows.push_back({info.dtype, std::to_string(elements(info)), fmt::format("[{}]", fmt::join(info.shape, ", ")),
                    shown(info.name)});
  return printed::text_table({{"dtype", true}, {"elements"}, {"shape", true}, {"name", true, Fit::wraps}}, rows);
}

std::string list_json(const sim::file::TensorFile& file) {
  ordered_json json = ordered_json::array();
  for (const TensorInfo& info : file.tensors())
    json.push_back({{"tensor", info.name}, {"dtype", info.dtype}, {"shape", info.shape}, {"elements", elements(info)}});
  return dump(json);
}

std::string bias_text(std::int32_t bias) { return bias == store::kNoBias ? "-" : std::to_string(bias); }

std::string quantize_text(const QuantizeResult& result) {
  std::string out;
  for (std::size_t i = 0; i < result.rows.size();) {
    const store::QuantizeRow& first = result.rows[i];
    out +=
        printed::wrapped(fmt::format("{}: {} elements, amax {:.6g}", shown(first.tensor), first.elements, first.amax),
                         printed::kWidth, 2) +
        '\n';
    if (result.non_finite[i] > 0)
      out += fmt::format("  {} infinite or NaN elements: a part with one has no bias, SNR leaves them out\n",
                         result.non_finite[i]);
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> marked;
    for (; i < result.rows.size() && result.rows[i].tensor == first.tensor; ++i) {
      const store::QuantizeRow& row = result.rows[i];
      rows.push_back({row.format, row.scaling, bias_text(row.bias),
                      fmt::format("{:.2f}{}", row.snr_db, best(result, row) ? '*' : ' '),
                      fmt::format("{:.4g}", 100.0 * row.underflow_fraction),
                      fmt::format("{:.4g}", 100.0 * row.overflow_fraction), fmt::format("{:.3f}", row.bits_per_element),
                      fmt::format("{:.2f}", row.code_entropy_bits), std::to_string(row.codes_used),
                      fmt::format("{:.4g}", 100.0 * row.saturated_fraction),
                      fmt::format("{:.2f}", row.effective_bits)});
      if (row.nan_scales > 0)
        marked.push_back(fmt::format("  {} {}: {} of {} scales are NaN, for elements that have no code\n", row.format,
                                     row.scaling, row.nan_scales, row.blocks));
    }
    out += printed::text_table({{"format", true},
                                {"scaling", true, Fit::shortens},
                                {"bias"},
                                {"SNR dB"},
                                {"underfl.%"},
                                {"overfl.%"},
                                {"bits/el.", false, Fit::may_go},
                                {"entropy", false, Fit::may_go},
                                {"codes", false, Fit::may_go},
                                {"saturated %", false, Fit::may_go},
                                {"effective bits", false, Fit::may_go}},
                               rows, 2, "in --json and --out");
    for (const std::string& line : marked) out += line;
    out += i < result.rows.size() ? "\n" : "";
  }
  for (const std::string& note : result.notes)
    out += printed::wrapped("note: " + shown(note), printed::kWidth, 2) + '\n';
  return out;
}

std::string quantize_json(const QuantizeResult& result) {
  ordered_json json = {{"file", result.header.model_name}, {"notes", result.notes}, {"rows", ordered_json::array()}};
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const store::QuantizeRow& row = result.rows[i];
    json["rows"].push_back({{"tensor", row.tensor},
                            {"format", row.format},
                            {"scaling", row.scaling},
                            {"bias", row.bias == store::kNoBias ? ordered_json(nullptr) : ordered_json(row.bias)},
                            {"amax", number(row.amax)},
                            {"snr_db", number(row.snr_db)},
                            {"underflow_fraction", row.underflow_fraction},
                            {"overflow_fraction", row.overflow_fraction},
                            {"saturated_fraction", row.saturated_fraction},
                            {"nan_scales", row.nan_scales},
                            {"elements", row.elements},
                            {"k_dimension", result.k_dimension[i]},
                            {"non_finite", result.non_finite[i]},
                            {"scale", row.scale},
                            {"blocks", row.blocks},
                            {"bits_per_element", row.bits_per_element},
                            {"effective_bits", number(row.effective_bits)},
                            {"code_entropy_bits", row.code_entropy_bits},
                            {"codes_used", row.codes_used},
                            {"code_histogram", result.runs[i].tensors.front().code_histogram}});
  }
  return dump(json);
}

}  // namespace octavo::experiments
