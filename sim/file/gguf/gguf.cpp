// A GGUF file: metadata and a list of tensors.
#include "sim/file/gguf/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/gguf/ggml_types.h"
#include "sim/file/tensor.h"

namespace octavo::sim::file {
namespace {

constexpr std::uint32_t magic = 0x46554747;  // "GGUF"
constexpr std::int64_t default_alignment = 32;

void check_version(const FileBytes& file, std::uint32_t version) {
  if (version == 2 || version == 3) return;
  const bool swapped = version != 0 && (version & 0xffffu) == 0;
  throw Error(fmt::format("{}: {}; convert the model anew with a current converter", messages::printable(file.name),
                          swapped ? "the file is big-endian, which is not read"
                                  : fmt::format("GGUF version {} is not read, only 2 and 3", version)));
}

const GgmlType& type_named(std::string_view name) {
  return *std::find_if(ggml_types().begin(), ggml_types().end(), [&](const GgmlType& t) { return t.name == name; });
}

std::uint64_t alignment_of(const FileBytes& file, const GgufMetadata& metadata) {
  const std::int64_t alignment = metadata.integer("general.alignment").value_or(default_alignment);
  if (alignment < 1 || alignment > (1 << 30) || !std::has_single_bit(static_cast<std::uint64_t>(alignment))) {
    throw Error(fmt::format("{}: alignment {} is not a power of two up to 2^30; the file is damaged",
                            messages::printable(file.name), alignment));
  }
  return static_cast<std::uint64_t>(alignment);
}

/// Offsets count from the data section; afterwards from the file's begin. All within the file, aligned, not
/// overlapping.
void place(const FileBytes& file, std::vector<TensorInfo>& infos, std::uint64_t data, std::uint64_t alignment) {
  std::vector<TensorInfo*> by_offset;
  for (TensorInfo& info : infos) by_offset.push_back(&info);
  std::stable_sort(by_offset.begin(), by_offset.end(), [](auto* a, auto* b) { return a->begin < b->begin; });
  std::uint64_t free_from = 0;
  for (TensorInfo* const info : by_offset) {
    const auto refuse = [&](std::string_view why) {
      throw Error(fmt::format("{}: tensor {} at offset {} {}; the file is truncated or damaged",
                              messages::printable(file.name), messages::printable(info->name), info->begin, why));
    };
    const std::uint64_t size = info->end;
    if (info->begin % alignment != 0) refuse(fmt::format("is not aligned to {} bytes", alignment));
    if (info->begin < free_from) refuse("overlaps another one");
    const std::uint64_t room = data < file.bytes.size() ? file.bytes.size() - data : 0;
    if (info->begin > room || size > room - info->begin) {
      refuse(fmt::format("with {} bytes reaches beyond the end of the file", size));
    }
    free_from = info->begin + size;
    info->begin += data;
    info->end = info->begin + size;
  }
}

}  // namespace

Gguf::Gguf(FileBytes file) : TensorFile(file.name), file_(std::move(file)) {
  ByteCursor cursor(file_);
  if (cursor.read<std::uint32_t>("the magic number") != magic) {
    throw Error(fmt::format("{}: the file does not begin with GGUF's magic number; it is of another kind",
                            messages::printable(name())));
  }
  check_version(file_, cursor.read<std::uint32_t>("the version"));
  const auto tensor_count = cursor.read<std::uint64_t>("the number of tensors");
  const auto pair_count = cursor.read<std::uint64_t>("the number of metadata pairs");
  metadata_ = GgufMetadata::read(file_, cursor, pair_count);
  metadata_size_ = cursor.offset();
  if (metadata_.integer("split.count").value_or(1) > 1) {
    throw Error(
        fmt::format("{}: a model split over several GGUF files is not read; merge it with llama-gguf-split first",
                    messages::printable(name())));
  }
  std::vector<TensorInfo> infos;
  for (std::uint64_t i = 0; i < tensor_count; ++i) infos.push_back(read_info(cursor));
  header_size_ = cursor.offset();
  const std::uint64_t alignment = alignment_of(file_, metadata_);
  place(file_, infos, (header_size_ + alignment - 1) / alignment * alignment, alignment);
  for (TensorInfo& info : infos) add(std::move(info));
}

std::string Gguf::without_tensors() const {
  const std::span<const std::byte> bytes = file_.bytes.first(metadata_size_);
  std::string copy(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::size_t kTensorCount = 8;  // magic number and version are before it
  copy.replace(kTensorCount, sizeof(std::uint64_t), sizeof(std::uint64_t), '\0');
  return copy;
}

/// `begin` is the offset in the data section, `end` the size in bytes, until place() has checked both.
TensorInfo Gguf::read_info(ByteCursor& cursor) const {
  TensorInfo info;
  const auto length = cursor.read<std::uint64_t>("a tensor's name");
  const auto characters = cursor.take(length, "a tensor's name");
  info.name.assign(reinterpret_cast<const char*>(characters.data()), characters.size());
  const auto refuse = [&](std::string_view why) {
    throw Error(fmt::format("{}: tensor {} {}", messages::printable(name()), messages::printable(info.name), why));
  };
  const auto rank = cursor.read<std::uint32_t>("a tensor's rank");
  if (rank < 1 || rank > 4) refuse(fmt::format("has {} dimensions, not 1 to 4; the file is damaged", rank));
  for (std::uint32_t i = 0; i < rank; ++i) info.shape.push_back(cursor.read<std::int64_t>("a tensor's shape"));
  std::reverse(info.shape.begin(), info.shape.end());  // GGUF writes the fastest dimension first
  const auto id = cursor.read<std::uint32_t>("a tensor's type");
  info.begin = cursor.read<std::uint64_t>("a tensor's offset");
  const GgmlType* const type = find_ggml_type(id);
  if (type == nullptr) {
    std::string known;
    for (const GgmlType& t : ggml_types()) known += fmt::format(" {}", t.name);
    refuse(fmt::format("is of type {}, which is not read; types read are{}", ggml_type_name(id), known));
  }
  info.dtype = type->name;
  const auto count = element_count(info.shape);
  std::int64_t size = 0;
  if (!count || info.shape.back() % type->block_values != 0 ||
      __builtin_mul_overflow(*count / type->block_values, type->block_bytes, &size)) {
    refuse(fmt::format("has a shape that {} cannot have; the file is damaged", type->name));
  }
  info.end = static_cast<std::uint64_t>(size);
  return info;
}

Tensor Gguf::load_values(const TensorInfo& info) const {
  const GgmlType& type = type_named(info.dtype);
  if (type.name == "F32") return view(info.shape, file_, info.begin);
  return filled(info.shape, [&](float* out) {
    type.decode(file_.bytes.data() + info.begin, element_count(info.shape).value() / type.block_values, out);
  });
}

}  // namespace octavo::sim::file
