// A GGUF file: metadata and a list of tensors.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/file/gguf/gguf_metadata.h"
#include "sim/file/mapped_file.h"
#include "sim/file/tensor_file.h"

namespace octavo::sim::file {

/// Version 2 or 3, little-endian, one file. Opening reads the header and checks it: counts, types, names, and that
/// tensors lie aligned within the file and do not overlap. Throws Error. Source: ggml's GGUF
/// specification.
class Gguf : public TensorFile {
 public:
  explicit Gguf(FileBytes file);

  const GgufMetadata& metadata() const { return metadata_; }
  bool loads(const TensorInfo&) const override { return true; }  // opening refuses types that are not read
  /// Everything before the tensors' data: metadata and the list of tensors.
  std::span<const std::byte> header() const { return file_.bytes.first(header_size_); }
  /// The same metadata as a file of its own that has no tensors: what llama.cpp calls a vocabulary.
  std::string without_tensors() const;

 private:
  TensorInfo read_info(ByteCursor& cursor) const;
  Tensor load_values(const TensorInfo& info) const override;
  std::span<const std::byte> stored_bytes(const TensorInfo& info) const override {
    return file_.bytes.subspan(info.begin, info.end - info.begin);
  }

  FileBytes file_;
  GgufMetadata metadata_;
  std::size_t metadata_size_ = 0;
  std::size_t header_size_ = 0;
};

}  // namespace octavo::sim::file
