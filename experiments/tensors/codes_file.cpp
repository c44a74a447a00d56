// Codes in .npy and .safetensors.
#include "experiments/tensors/codes_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

#include "experiments/store/npy_file.h"
#include "experiments/store/replacement.h"
#include "formats/catalog.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "scaling/recipe/policy_text.h"
#include "sim/file/npy.h"
#include "sim/file/safetensors/safetensors.h"
#include "sim/file/safetensors/safetensors_writer.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;

const std::string kScaleName = "_scale_inv";
const std::string kFormat = "octavo.format";
const std::string kScaling = "octavo.scaling";
const std::string kGranularity = "octavo.granularity";

std::string dtype_of(const formats::Spec& format) {
  if (format == formats::e4m3) return "F8_E4M3";
  return format == formats::e5m2 ? "F8_E5M2" : "U8";
}

scaling::BlockGrid grid_of(const CodedTensor& tensor) {
  return {tensor.codes.granularity, tensor.rows(), std::max<std::int64_t>(1, tensor.columns())};
}

void write_one(const fs::path& path, const CodedTensor& tensor) {
  const scaling::BlockGrid grid = grid_of(tensor);
  store::write_npy(path, std::span<const std::uint8_t>(tensor.codes.codes), tensor.shape);
  store::write_npy(scales_beside(path), std::span<const float>(tensor.codes.inverses), {grid.down(), grid.across()});
}

/// Every code is one of the format, and there is a scale for each block.
void check(const CodedTensor& tensor, const std::string& where) {
  const auto wrong =
      std::ranges::find_if(tensor.codes.codes, [&](unsigned code) { return code >= tensor.format.code_count(); });
  if (wrong != tensor.codes.codes.end())
    throw Error(fmt::format("{}: it holds 0x{:02x}, which is no code of {}; write it again", where, *wrong,
                            formats::name(tensor.format)));
  if (static_cast<std::int64_t>(tensor.codes.inverses.size()) != grid_of(tensor).blocks())
    throw Error(fmt::format("{}: it has {} scales, and {} blocks; write it again", where, tensor.codes.inverses.size(),
                            grid_of(tensor).blocks()));
}

}  // namespace

std::int64_t CodedTensor::rows() const {
  if (shape.empty()) return 1;
  return std::accumulate(shape.begin(), shape.end() - 1, std::int64_t{1}, std::multiplies<>());
}

fs::path scales_beside(const fs::path& path) { return fs::path(path).replace_extension(".scales.npy"); }

void check_codes_file(const fs::path& path, std::size_t tensors, std::size_t casts) {
  const bool npy = path.extension() == ".npy";
  if (!npy && path.extension() != ".safetensors")
    throw Error(fmt::format("--codes {}: name a .safetensors or a .npy file", path.string()));
  if (casts != 1)
    throw Error(fmt::format("--codes {}: it holds one format under one scaling, not {}; give one of each",
                            path.string(), casts));
  if (npy && tensors != 1)
    throw Error(fmt::format("--codes {}: a .npy file holds one tensor, not {}; name a .safetensors file", path.string(),
                            tensors));
}

void write_codes(const fs::path& path, std::span<const CodedTensor> tensors) {
  if (path.extension() == ".npy") return write_one(path, tensors.front());
  std::vector<sim::file::StoredTensor> stored;
  for (const CodedTensor& tensor : tensors) {  // scales first: four bytes a number stay aligned
    const scaling::BlockGrid grid = grid_of(tensor);
    stored.push_back(
        {tensor.name + kScaleName, {grid.down(), grid.across()}, std::span<const float>(tensor.codes.inverses)});
  }
  for (const CodedTensor& tensor : tensors)
    stored.push_back({tensor.name, tensor.shape, sim::file::StoredBytes{tensor.codes.codes, dtype_of(tensor.format)}});
  store::Replacement replacement(path);
  sim::file::write_safetensors(replacement.temporary(), stored,
                               {{kFormat, formats::name(tensors.front().format)},
                                {kScaling, tensors.front().scaling},
                                {kGranularity, scaling::to_text(tensors.front().codes.granularity)}});
  replacement.commit();
}

std::optional<CodedTensor> read_codes(const fs::path& path, const std::string& tensor) {
  if (path.extension() != ".safetensors") return std::nullopt;
  const sim::file::Safetensors file = sim::file::Safetensors::open(path);
  const std::string format = file.metadata(kFormat);
  if (format.empty()) return std::nullopt;
  std::vector<const sim::file::TensorInfo*> coded;
  for (const sim::file::TensorInfo& info : file.tensors())
    if (file.find(info.name + kScaleName) != nullptr && (tensor.empty() || info.name == tensor)) coded.push_back(&info);
  const std::string shown = messages::printable(path.string());
  if (coded.empty())
    throw Error(fmt::format("{}: no tensor {} with codes and scales", shown, messages::printable(tensor)));
  if (coded.size() > 1)
    throw Error(fmt::format("{}: {} tensors with codes; say which one, the first is {}", shown, coded.size(),
                            messages::printable(coded.front()->name)));
  const sim::file::TensorInfo& info = *coded.front();
  CodedTensor result{info.name, formats::spec(format), file.metadata(kScaling), info.shape, {}};
  const auto bytes = file.stored(info.name);
  if (static_cast<std::int64_t>(bytes.size()) != result.rows() * result.columns() || result.format.bits() > 8)
    throw Error(fmt::format("{}: tensor {} is not one code a byte", shown, messages::printable(info.name)));
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  result.codes.codes.assign(first, first + bytes.size());
  const sim::file::Tensor scales = file.load(info.name + kScaleName);
  result.codes.inverses.assign(scales.values.begin(), scales.values.end());
  result.codes.granularity = scaling::parse_granularity(file.metadata(kGranularity), shown);
  check(result, shown);
  return result;
}

void read_scales(const fs::path& path, std::int64_t rows, std::int64_t columns, Codes& codes) {
  const sim::file::Npy npy(sim::file::map_file(path));
  const sim::file::TensorInfo& info = npy.tensors().front();
  const std::string shown = messages::printable(path.string());
  const std::int64_t down = info.shape.size() == 2 ? info.shape[0] : 1;
  const std::int64_t across = info.shape.empty() ? 1 : info.shape.back();
  if (info.shape.size() > 2 || down < 1 || across < 1 || rows % down != 0 || columns % across != 0)
    throw Error(
        fmt::format("{}: its shape does not divide {} x {} codes into even blocks; save one scale as [1, 1], one a "
                    "row as [{}, 1], blocks as [down, across]",
                    shown, rows, columns, rows));
  const sim::file::Tensor scales = npy.load(info.name);
  codes.inverses.assign(scales.values.begin(), scales.values.end());
  codes.granularity = {down == 1 ? 0 : rows / down, across == 1 ? 0 : columns / across};
}

}  // namespace octavo::experiments
