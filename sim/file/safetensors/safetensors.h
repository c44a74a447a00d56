// Reader of safetensors: one file, or the shards that an index names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/file/mapped_file.h"
#include "sim/file/tensor_file.h"

namespace octavo::sim::file {

/// Opening reads the JSON header alone (at most 100 MB) and checks it: known types, shapes that fit their offsets, and
/// tensors that cover the data without hole or overlap, as the format demands. Every dtype is listed; F32, F16,
/// BF16, F64 and those of one byte (F8_E4M3, F8_E5M2, their FNUZ kin and F8_E8M0: the values of the codes, exact) load,
/// others are refused by name when they are loaded. Throws Error. Source: the format section of
/// huggingface/safetensors' README.
class Safetensors : public TensorFile {
 public:
  explicit Safetensors(FileBytes file);

  /// `path` is a .safetensors file, or an index (.json) whose weight_map names shards in the same folder.
  static Safetensors open(const std::filesystem::path& path);

  bool loads(const TensorInfo& info) const override;
  /// An F64 tensor of one file as it is. Throws Error, naming the tensor, if there is none or it is of another type.
  std::vector<double> doubles(std::string_view tensor) const;
  /// The text that `__metadata__` of the first file has under `key`; empty if there is none.
  std::string metadata(std::string_view key) const;

  /// Bytes of all files.
  std::uint64_t size() const;
  /// What describes the tensors: the index if there is one, then the JSON headers in the shards' order.
  const std::string& header() const { return header_; }

 private:
  Safetensors(std::string name, std::string index) : TensorFile(std::move(name)), header_(std::move(index)) {}
  static Safetensors open_index(const std::filesystem::path& path);
  void add_file(FileBytes file);
  Tensor load_values(const TensorInfo& info) const override;
  std::span<const std::byte> stored_bytes(const TensorInfo& info) const override;

  std::vector<FileBytes> files_;
  std::string header_;
};

}  // namespace octavo::sim::file
