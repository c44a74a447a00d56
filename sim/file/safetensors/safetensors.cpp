// Reader of safetensors: one file, or the shards that an index names.
#include "sim/file/safetensors/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include "formats/span/quantize.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/byte_cursor.h"
#include "sim/file/json_file.h"
#include "sim/file/tensor.h"
#include "sim/file/widen.h"

namespace octavo::sim::file {
namespace {

using nlohmann::json;

struct Dtype {
  std::string_view name;
  std::int64_t bits;
};

struct CodeDtype {
  std::string_view name;
  formats::Spec format;
};

/// Types whose bytes are codes.
constexpr std::array code_dtypes{CodeDtype{"F8_E4M3", formats::e4m3}, CodeDtype{"F8_E5M2", formats::e5m2},
                                 CodeDtype{"F8_E4M3FNUZ", formats::e4m3fnuz},
                                 CodeDtype{"F8_E5M2FNUZ", formats::e5m2fnuz}, CodeDtype{"F8_E8M0", formats::e8m0}};

/// Null for a type of other things than codes.
const CodeDtype* find_code_dtype(std::string_view name) {
  const auto* const found =
      std::find_if(code_dtypes.begin(), code_dtypes.end(), [&](const CodeDtype& known) { return known.name == name; });
  return found == code_dtypes.end() ? nullptr : found;
}

constexpr std::array dtypes{Dtype{"F32", 32},    Dtype{"F16", 16},        Dtype{"BF16", 16},       Dtype{"F64", 64},
                            Dtype{"BOOL", 8},    Dtype{"U8", 8},          Dtype{"I8", 8},          Dtype{"U16", 16},
                            Dtype{"I16", 16},    Dtype{"U32", 32},        Dtype{"I32", 32},        Dtype{"U64", 64},
                            Dtype{"I64", 64},    Dtype{"C64", 64},        Dtype{"F8_E4M3", 8},     Dtype{"F8_E5M2", 8},
                            Dtype{"F8_E8M0", 8}, Dtype{"F8_E4M3FNUZ", 8}, Dtype{"F8_E5M2FNUZ", 8}, Dtype{"F6_E2M3", 6},
                            Dtype{"F6_E3M2", 6}, Dtype{"F4", 4}};

/// The header's text; `data` becomes the offset of the data behind it.
std::string_view header_text(const FileBytes& file, std::uint64_t& data) {
  constexpr std::uint64_t longest = 100'000'000;  // as the format limits it
  ByteCursor cursor(file);
  const auto length = cursor.read<std::uint64_t>("the header's length");
  if (length > longest) {
    throw Error(
        fmt::format("{}: a header of {} bytes is above the format's limit of {}; the file is damaged or no safetensors",
                    messages::printable(file.name), length, longest));
  }
  const auto bytes = cursor.take(length, "the header");
  data = cursor.offset();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with('{')) {
    throw Error(fmt::format("{}: the header does not begin with a brace; the file is damaged or no safetensors",
                            messages::printable(file.name)));
  }
  return text;
}

[[noreturn]] void refuse(const FileBytes& file, const std::string& tensor, std::string_view why) {
  throw Error(fmt::format("{}: tensor {} {}; the file is damaged", messages::printable(file.name),
                          messages::printable(tensor), why));
}

/// A list of non-negative integers; nothing if it is anything else.
std::optional<std::vector<std::int64_t>> natural_numbers(const json* list) {
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const json& entry : *list) {
    if (!entry.is_number_unsigned() || entry.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
    numbers.push_back(entry.get<std::int64_t>());
  }
  return numbers;
}

/// One entry of the header; offsets still count from the data's begin.
TensorInfo read_info(const FileBytes& file, const std::string& name, const json& entry) {
  const JsonObject object(entry, file.name);
  TensorInfo info;
  info.name = name;
  info.dtype = object.text("dtype").value_or("(none)");
  const auto* const dtype =
      std::find_if(dtypes.begin(), dtypes.end(), [&](const Dtype& known) { return known.name == info.dtype; });
  if (dtype == dtypes.end()) refuse(file, name, fmt::format("is of unknown type {}", messages::printable(info.dtype)));
  const auto shape = natural_numbers(object.find("shape"));
  if (!shape) refuse(file, name, "has no proper shape");
  const auto offsets = natural_numbers(object.find("data_offsets"));
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1])
    refuse(file, name, "has no proper data_offsets");
  info.shape = *shape;
  info.begin = static_cast<std::uint64_t>((*offsets)[0]);
  info.end = static_cast<std::uint64_t>((*offsets)[1]);
  const auto count = element_count(info.shape);
  std::int64_t bits = 0;
  if (!count || __builtin_mul_overflow(*count, dtype->bits, &bits) || bits % 8 != 0 ||
      static_cast<std::uint64_t>(bits / 8) != info.end - info.begin) {
    refuse(file, name, fmt::format("has a shape that does not fit its {} bytes", info.end - info.begin));
  }
  return info;
}

/// Tensors have to follow each other without gap from the data's begin to the file's end.
void check_cover(const FileBytes& file, const std::vector<TensorInfo>& infos, std::uint64_t data_size) {
  std::vector<const TensorInfo*> by_offset;
  for (const TensorInfo& info : infos) by_offset.push_back(&info);
  std::sort(by_offset.begin(), by_offset.end(), [](const TensorInfo* a, const TensorInfo* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  std::uint64_t covered = 0;
  for (const TensorInfo* const info : by_offset) {
    if (info->begin != covered) {
      refuse(file, info->name,
             fmt::format("begins at offset {}, not {}: tensors overlap or leave a hole", info->begin, covered));
    }
    covered = info->end;
  }
  if (covered != data_size) {
    throw Error(fmt::format("{}: tensors take {} bytes, but the file holds {}; it is truncated or damaged",
                            messages::printable(file.name), covered, data_size));
  }
}

std::vector<TensorInfo> read_header(const FileBytes& file, std::string_view text, std::uint64_t data) {
  const json header = parse_json(text, file.name);
  std::vector<TensorInfo> infos;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") infos.push_back(read_info(file, name, entry));
  }
  check_cover(file, infos, file.bytes.size() - data);
  std::sort(infos.begin(), infos.end(), [](const TensorInfo& a, const TensorInfo& b) { return a.begin < b.begin; });
  for (TensorInfo& info : infos) {
    info.begin += data;
    info.end += data;
  }
  return infos;
}

}  // namespace

Safetensors::Safetensors(FileBytes file) : TensorFile(file.name) { add_file(std::move(file)); }

Safetensors Safetensors::open(const std::filesystem::path& path) {
  return path.extension() == ".json" ? open_index(path) : Safetensors(map_file(path));
}

Safetensors Safetensors::open_index(const std::filesystem::path& path) {
  const FileBytes file = map_file(path);
  const std::string text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  const json index = parse_json(text, file.name);
  const json* const map = JsonObject(index, file.name).find("weight_map");
  if (map == nullptr) throw Error(fmt::format("{}: there is no weight_map", messages::printable(file.name)));
  JsonObject weight_map(*map, file.name);
  std::map<std::string, std::size_t> shards;  // in the order of their names, so that results do not depend on the map's
  for (const auto& [tensor, entry] : map->items()) {
    const std::string shard = weight_map.text(tensor).value_or("");
    if (shard.empty() || shard == "." || shard == ".." ||
        shard.find_first_of(std::string_view("/\\\0", 3)) != shard.npos) {
      throw Error(fmt::format("{}: shard {} of tensor {} is not the name of a file in the same folder",
                              messages::printable(file.name), messages::printable(shard), messages::printable(tensor)));
    }
    shards.emplace(shard, 0);
  }
  Safetensors tensors(file.name, text);
  for (auto& [shard, number] : shards) {
    number = tensors.files_.size();
    tensors.add_file(map_file(path.parent_path() / shard));
  }
  for (const auto& [tensor, entry] : map->items()) {
    const TensorInfo* const info = tensors.find(tensor);
    if (info == nullptr || info->file != shards.at(entry.get<std::string>())) {
      throw Error(fmt::format("{}: tensor {} is not in its shard {}", messages::printable(file.name),
                              messages::printable(tensor), messages::printable(entry.get<std::string>())));
    }
  }
  return tensors;
}

void Safetensors::add_file(FileBytes file) {
  std::uint64_t data = 0;
  const std::string_view text = header_text(file, data);
  for (TensorInfo& info : read_header(file, text, data)) {
    info.file = files_.size();
    add(std::move(info));
  }
  header_ += text;
  files_.push_back(std::move(file));
}

std::uint64_t Safetensors::size() const {
  std::uint64_t total = 0;
  for (const FileBytes& file : files_) total += file.bytes.size();
  return total;
}

std::vector<double> Safetensors::doubles(std::string_view tensor) const {
  const TensorInfo* const info = find(tensor);
  if (info == nullptr || info->dtype != "F64")
    throw Error(
        fmt::format("{}: there is no tensor {} of type F64", messages::printable(name()), messages::printable(tensor)));
  return widened_f64(stored_bytes(*info));
}

std::string Safetensors::metadata(std::string_view key) const {
  std::uint64_t data = 0;
  const json header = parse_json(header_text(files_.at(0), data), name());
  const json* const metadata = JsonObject(header, name()).find("__metadata__");
  if (metadata == nullptr) return {};
  return JsonObject(*metadata, name()).text(key).value_or("");
}

Tensor Safetensors::load_values(const TensorInfo& info) const {
  const FileBytes& file = files_[info.file];
  if (info.dtype == "F32") return view(info.shape, file, info.begin);
  const auto convert = [&](void (*widen)(const std::byte*, std::int64_t, float*)) {
    return filled(info.shape,
                  [&](float* out) { widen(file.bytes.data() + info.begin, element_count(info.shape).value(), out); });
  };
  if (info.dtype == "F16") return convert(widen_f16);
  if (info.dtype == "BF16") return convert(widen_bf16);
  if (info.dtype == "F64") return convert(narrow_f64);
  if (const CodeDtype* const type = find_code_dtype(info.dtype)) {
    const std::span<const std::byte> bytes = stored_bytes(info);
    const std::span<const std::uint8_t> codes(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return filled(info.shape, [&](float* out) { formats::decode(type->format, codes, {out, codes.size()}); });
  }
  throw Error(fmt::format("{}: tensor {} is of type {}; only F32, F16, BF16, F64 and the F8 types are read",
                          messages::printable(file.name), messages::printable(info.name), info.dtype));
}

bool Safetensors::loads(const TensorInfo& info) const {
  return info.dtype == "F32" || info.dtype == "F16" || info.dtype == "BF16" || info.dtype == "F64" ||
         find_code_dtype(info.dtype) != nullptr;
}

std::span<const std::byte> Safetensors::stored_bytes(const TensorInfo& info) const {
  return files_[info.file].bytes.subspan(info.begin, info.end - info.begin);
}

}  // namespace octavo::sim::file
