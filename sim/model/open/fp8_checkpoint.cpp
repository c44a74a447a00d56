// FP8 weights times their scales.
#include "sim/model/open/fp8_checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "machine/share.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/json_file.h"

namespace octavo::sim::model {
namespace {

using nlohmann::json;
using Shape = std::vector<std::int64_t>;

bool is_weight_code(const file::TensorInfo& info) {
  return info.dtype == "F8_E4M3" || info.dtype == "F8_E5M2" || info.dtype == "F8_E4M3FNUZ" ||
         info.dtype == "F8_E5M2FNUZ";
}

/// Matrix dimensions of a weight: a vector is one column of rows.
std::int64_t rows_of(const Shape& shape) { return shape.empty() ? 1 : shape.front(); }
std::int64_t columns_of(const Shape& shape) {
  std::int64_t columns = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) columns *= shape[i];
  return columns;
}

std::int64_t parts(std::int64_t all, std::int64_t size) { return all / size + (all % size != 0 ? 1 : 0); }

/// How many rows and columns of `weight` share one number of a scale of shape `scale`; nothing if it fits none.
std::optional<ScaleBlock> block_of(const Shape& weight, const Shape& scale, ScaleBlock block) {
  const std::int64_t rows = rows_of(weight), columns = columns_of(weight);
  if (file::element_count(scale) == 1)
    return ScaleBlock{std::max<std::int64_t>(rows, 1), std::max<std::int64_t>(columns, 1)};
  const bool by_row = scale == Shape{rows} || scale == Shape{rows, 1};
  if (by_row) return ScaleBlock{1, std::max<std::int64_t>(columns, 1)};
  const bool by_block = weight.size() == 2 && scale == Shape{parts(rows, block.rows), parts(columns, block.columns)};
  return by_block ? std::optional(block) : std::nullopt;
}

/// Two positive whole numbers from a list; nothing if `list` is null.
std::optional<ScaleBlock> read_block(const json* list, const std::string& where) {
  if (list == nullptr) return std::nullopt;
  constexpr std::int64_t kMost = 1 << 20;
  const auto size = [&](std::size_t at) -> std::int64_t {
    if (!list->is_array() || list->size() != 2 || !(*list)[at].is_number_integer()) return 0;
    return (*list)[at].get<std::int64_t>();
  };
  const ScaleBlock block{size(0), size(1)};
  if (block.rows < 1 || block.columns < 1 || block.rows > kMost || block.columns > kMost)
    throw Error(fmt::format("{}: the block of quantization_config is not two whole numbers from 1 to {}",
                            messages::printable(where), kMost));
  return block;
}

/// The block_structure of compressed-tensors' first group that has one.
std::optional<ScaleBlock> read_groups(const file::JsonObject& config, const std::string& where) {
  const json* const groups = config.find("config_groups");
  if (groups == nullptr) return std::nullopt;
  file::JsonObject check(*groups, where);
  for (const auto& [name, group] : groups->items()) {
    const json* const weights = file::JsonObject(group, where).find("weights");
    if (weights == nullptr) continue;
    if (const auto block = read_block(file::JsonObject(*weights, where).find("block_structure"), where)) return block;
  }
  return std::nullopt;
}

}  // namespace

ScaleBlock read_quantization(const json& quantization_config, const std::string& where) {
  const file::JsonObject config(quantization_config, where);
  const auto refuse = [&](const std::string& what) {
    throw Error(
        fmt::format("{}: the checkpoint is quantised by {}, which is not read, only FP8 weights with scales are; "
                    "take the original one",
                    messages::printable(where), what));
  };
  const std::string method = config.text("quant_method").value_or("(none)");
  if (method == "compressed-tensors") {
    const std::string format = config.text("format").value_or("(none)");
    if (format != "float-quantized" && format != "naive-quantized")
      refuse(fmt::format("compressed-tensors as {}", messages::printable(format)));
    return read_groups(config, where).value_or(ScaleBlock{});
  }
  if (method == "modelopt") {
    const std::string algorithm = config.text("quant_algo").value_or("(none)");
    if (algorithm != "FP8") refuse(fmt::format("modelopt with the algorithm {}", messages::printable(algorithm)));
    return {};
  }
  if (method != "fp8" && method != "fbgemm_fp8") refuse(fmt::format("method {}", messages::printable(method)));
  return read_block(config.find("weight_block_size"), where).value_or(ScaleBlock{});
}

Dequantised::Dequantised(const file::TensorFile& file, ScaleBlock block)
    : TensorFile(file.name()), file_(file), block_(block) {
  std::set<std::string_view> scales;
  for (const file::TensorInfo& info : file.tensors()) {
    if (!is_weight_code(info)) continue;
    const file::TensorInfo* const scale = find_scale(info);
    (scale != nullptr ? scaled_ : unscaled_).push_back(info.name);
    if (scale == nullptr) continue;
    if (!block_of(info.shape, scale->shape, block))
      throw Error(
          fmt::format("{}: tensor {} has shape [{}], which is not one scale of {} [{}], one a row, or one for "
                      "each {} x {}",
                      messages::printable(name()), messages::printable(scale->name), fmt::join(scale->shape, ", "),
                      messages::printable(info.name), fmt::join(info.shape, ", "), block.rows, block.columns));
    scale_of_.emplace(info.name, scale);
    scales.insert(scale->name);
  }
  for (const file::TensorInfo& info : file.tensors())
    if (!scales.contains(info.name)) add(info);
}

const file::TensorInfo* Dequantised::find_scale(const file::TensorInfo& weight) const {
  const file::TensorInfo* const scale = file_.find(weight.name + "_scale");
  const file::TensorInfo* const inverse = file_.find(weight.name + "_scale_inv");
  if (scale != nullptr && inverse != nullptr)
    throw Error(fmt::format("{}: tensor {} has both a scale and a scale_inv; which one holds cannot be told",
                            messages::printable(name()), messages::printable(weight.name)));
  return scale != nullptr ? scale : inverse;
}

file::Tensor Dequantised::load_values(const file::TensorInfo& info) const {
  const file::Tensor codes = file_.load(info.name);
  const auto found = scale_of_.find(info.name);
  if (found == scale_of_.end()) return codes;
  const file::Tensor scale = file_.load(found->second->name);
  const ScaleBlock block = block_of(info.shape, scale.shape, block_).value();
  const std::int64_t rows = rows_of(info.shape), columns = columns_of(info.shape);
  const std::int64_t across = parts(columns, block.columns);
  return file::filled(info.shape, [&](float* out) {
    machine::share(rows, 1.0 * static_cast<double>(columns), [&](std::int64_t row) {
      for (std::int64_t column = 0; column < columns; ++column) {
        const auto at = static_cast<std::size_t>(row * columns + column);
        out[at] = codes.values[at] *
                  scale.values[static_cast<std::size_t>(row / block.rows * across + column / block.columns)];
      }
    });
  });
}

}  // namespace octavo::sim::model
