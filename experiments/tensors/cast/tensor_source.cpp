// Opening files of tensors, and choosing among them.
#include "experiments/tensors/cast/tensor_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <system_error>

#include "experiments/store/provenance.h"
#include "experiments/store/replacement.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "messages/suggestion.h"
#include "scaling/recipe/recipe.h"
#include "sim/file/file_bytes.h"
#include "sim/file/gguf/gguf.h"
#include "sim/file/json_file.h"
#include "sim/file/npy.h"
#include "sim/file/safetensors/safetensors.h"
#include "sim/model/open/config_json/model_config.h"
#include "sim/model/open/fp8_checkpoint.h"
#include "sim/model/open/huggingface.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;
using sim::file::TensorInfo;

constexpr std::size_t kLongestName = 1000;  // run files hold names in columns of fixed width

constexpr std::array<std::string_view, 4> kConv1dNames{"c_attn.weight", "c_proj.weight", "c_fc.weight",
                                                       "q_attn.weight"};

/// A Dequantised and the file under it.
struct Scaled {
  std::shared_ptr<const sim::file::TensorFile> file;
  sim::model::Dequantised tensors;
};

void add_scales(TensorSource& source, sim::model::ScaleBlock block) {
  const auto scaled = std::make_shared<Scaled>(Scaled{source.file, sim::model::Dequantised(*source.file, block)});
  const auto count = scaled->tensors.scaled().size(), without = scaled->tensors.unscaled().size();
  if (count > 0) source.notes.push_back(fmt::format("FP8 tensors multiplied by the scales beside them: {}", count));
  if (without > 0)
    source.notes.push_back(
        fmt::format("FP8 tensors without a scale beside them, whose values are those of the codes: {}", without));
  source.tensors = std::shared_ptr<const sim::file::TensorFile>(scaled, &scaled->tensors);
}

/// `config` is the text of config.json at `where`, or empty if there is none.
TensorSource open_safetensors(const fs::path& path, std::shared_ptr<const sim::file::Safetensors> file,
                              const std::string& config, const fs::path& where, bool with_config) {
  TensorSource source;
  source.name = (path.has_filename() ? path : path.parent_path()).filename().string();
  source.size = file->size();
  const std::string header = with_config ? config + file->header() : file->header();
  source.header_sha256 = store::sha256(std::as_bytes(std::span(header)));
  source.file = std::move(file);
  source.tensors = source.file;
  try {
    sim::model::ScaleBlock block;
    if (!config.empty()) {
      const std::string shown = where.string();
      const nlohmann::json json = sim::file::parse_json(config, shown);
      const sim::file::JsonObject object(json, shown);
      source.conv1d = sim::model::stores_conv1d(sim::model::model_type(object));
      if (const nlohmann::json* const quantization = object.find("quantization_config"))
        block = sim::model::read_quantization(*quantization, shown);
    }
    add_scales(source, block);
  } catch (const Error& error) {  // other tensors of the file can be cast all the same
    source.notes.push_back(fmt::format("{}; tensors are taken as they are stored", error.what()));
  }
  return source;
}

/// The text of the config.json in `folder`; empty if there is none.
std::string config_in(const fs::path& folder) {
  std::error_code error;
  const fs::path path = folder / "config.json";
  return fs::is_regular_file(path, error) ? sim::file::file_bytes(path) : std::string();
}

std::string listed(const std::vector<const TensorInfo*>& tensors) {
  constexpr std::size_t kMost = 3;
  std::set<std::string_view> types;
  std::string names, kinds;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    types.insert(tensors[i]->dtype);
    if (i < kMost) names += (i > 0 ? ", " : "") + messages::printable(tensors[i]->name);
  }
  for (const std::string_view type : types) kinds += (kinds.empty() ? "" : ", ") + std::string(type);
  return fmt::format("{} ({}{})", kinds, names, tensors.size() > kMost ? ", ..." : "");
}

}  // namespace

bool TensorSource::is_conv1d(const TensorInfo& info) const {
  if (!conv1d || info.shape.size() != 2) return false;
  return std::any_of(kConv1dNames.begin(), kConv1dNames.end(),
                     [&](std::string_view ending) { return info.name.ends_with(ending); });
}

TensorSource open_tensors(const fs::path& path) {
  std::error_code error;
  const fs::path extension = path.extension();
  if (fs::is_directory(path, error)) {
    auto file = std::make_shared<sim::file::Safetensors>(sim::model::open_huggingface_tensors(path));
    return open_safetensors(fs::absolute(path).lexically_normal(), std::move(file), config_in(path),
                            path / "config.json", true);
  }
  if (extension == ".safetensors" || extension == ".json") {
    auto file = std::make_shared<sim::file::Safetensors>(sim::file::Safetensors::open(path));
    const fs::path folder = store::folder_of(path);
    return open_safetensors(path, std::move(file), config_in(folder), folder / "config.json", false);
  }
  TensorSource source;
  source.name = path.filename().string();
  if (extension == ".npy") {
    auto file = std::make_shared<sim::file::Npy>(sim::file::map_file(path));
    source.size = file->tensors().front().end;
    source.header_sha256 = store::sha256(file->header());
    source.file = std::move(file);
  } else if (extension == ".gguf") {
    const sim::file::FileBytes bytes = sim::file::map_file(path);
    auto file = std::make_shared<sim::file::Gguf>(bytes);
    source.size = bytes.bytes.size();
    source.header_sha256 = store::sha256(file->header());
    source.file = std::move(file);
  } else {
    throw Error(
        fmt::format("{}: neither .npy, .safetensors, .gguf nor a Hugging Face folder; save the tensor with "
                    "numpy.save",
                    messages::printable(path.string())));
  }
  source.tensors = source.file;
  return source;
}

std::vector<const TensorInfo*> select(const TensorSource& source, const std::string& pattern,
                                      std::vector<std::string>& notes) {
  const sim::file::TensorFile& file = *source.tensors;
  const std::vector<TensorInfo>& all = file.tensors();
  if (all.empty()) throw Error(fmt::format("{} holds no tensor", messages::printable(file.name())));
  if (pattern.empty() && all.size() > 1)
    throw Error(
        fmt::format("{} holds {} tensors; give --tensor NAME (* matches any characters), --list shows the names",
                    messages::printable(file.name()), all.size()));
  std::vector<const TensorInfo*> found, passed;
  const bool many = pattern.find('*') != pattern.npos;
  for (const TensorInfo& info : all)
    if (pattern.empty() || scaling::matches(pattern, info.name))
      (many && !file.loads(info) ? passed : found).push_back(&info);
  if (found.empty() && passed.empty()) {
    std::vector<std::string_view> names;
    for (const TensorInfo& info : all) names.push_back(std::string_view(info.name).substr(0, kLongestName));
    std::string like = messages::suggestion(pattern, names, "no name is like it;");
    std::replace_if(
        like.begin(), like.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    throw Error(fmt::format("{} holds no tensor {}; {} --list shows the names", messages::printable(file.name()),
                            messages::printable(pattern), like));
  }
  if (found.empty())
    throw Error(fmt::format("{}: no tensor {} is of floating point, only of {}; choose others with --tensor",
                            messages::printable(file.name()), messages::printable(pattern), listed(passed)));
  if (!passed.empty())
    notes.push_back(fmt::format("tensors passed over, not of floating point: {}, {}", passed.size(), listed(passed)));
  for (const TensorInfo* info : found)
    if (info->name.size() > kLongestName || info->name.find('\0') != std::string::npos)
      throw Error(
          fmt::format("{}: tensor {} has a name that cannot be recorded (of more than {} bytes, or with a zero "
                      "byte); choose others with --tensor",
                      messages::printable(file.name()), messages::printable(info->name), kLongestName));
  return found;
}

}  // namespace octavo::experiments
