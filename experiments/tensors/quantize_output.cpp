// Tables and JSON of tensors.
#include "experiments/tensors/quantize_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/file/tensor.h"

namespace octavo::experiments {
namespace {

using nlohmann::ordered_json;
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
  std::string out = fmt::format("{:<6} {:>14}  {:<20} {}\n", "dtype", "elements", "shape", "name");
  for (const TensorInfo& info : file.tensors())
    out += fmt::format("{:<6} {:>14}  {:<20} {}\n", info.dtype, elements(info),
                       fmt::format("[{}]", fmt::join(info.shape, ", ")), shown(info.name));
  return out;
}

std::string list_json(const sim::file::TensorFile& file) {
  ordered_json json = ordered_json::array();
  for (const TensorInfo& info : file.tensors())
    json.push_back({{"tensor", info.name}, {"dtype", info.dtype}, {"shape", info.shape}, {"elements", elements(info)}});
  return dump(json);
}

std::string bias_text(std::int32_t bias) { return bias == store::kNoBias ? "-" : std::to_string(bias); }

std::string quantize_text(const QuantizeResult& result) {
  std::string out = fmt::format("{:<11} {:<15} {:>5} {:>11} {:>9} {:>10} {:>9} {:>6} {:>7} {:>5} {:>8} {:>12}  {}\n",
                                "format", "scaling", "bias", "amax", "SNR dB", "underfl. %", "overfl. %", "eff.b.",
                                "entropy", "codes", "bits/el.", "elements", "tensor");
  for (const store::QuantizeRow& row : result.rows)
    out += fmt::format(
        "{:<11} {:<15} {:>5} {:>11.5g} {:>8.3f}{} {:>10.4f} {:>9.4f} {:>6.2f} {:>7.3f} {:>5} {:>8.3f} {:>12}  {}\n",
        row.format, row.scaling, bias_text(row.bias), row.amax, row.snr_db, best(result, row) ? '*' : ' ',
        100.0 * row.underflow_fraction, 100.0 * row.overflow_fraction, row.effective_bits, row.code_entropy_bits,
        row.codes_used, row.bits_per_element, row.elements, shown(row.tensor));
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const bool first = i == 0 || result.rows[i].tensor != result.rows[i - 1].tensor;
    if (first && result.non_finite[i] > 0)
      out += fmt::format("note: {} has {} infinite or NaN elements: a part with one has no bias, SNR leaves them out\n",
                         shown(result.rows[i].tensor), result.non_finite[i]);
  }
  for (const std::string& note : result.notes) out += fmt::format("note: {}\n", shown(note));
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
