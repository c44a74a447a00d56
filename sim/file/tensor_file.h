// A file of named tensors, as safetensors and GGUF both are.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/file/tensor.h"

namespace octavo::sim::file {

struct TensorInfo {
  std::string name;
  std::string dtype;                ///< as the format calls it: F32, BF16, Q4_1, ...
  std::vector<std::int64_t> shape;  ///< row-major, slowest dimension first
  std::uint64_t begin = 0;          ///< bytes [begin, end) of the file that holds it
  std::uint64_t end = 0;
  std::size_t file = 0;  ///< which file, where there are several

  bool operator==(const TensorInfo&) const = default;
};

/// A list of tensors that was checked when the file was opened; values are read when they are asked for.
class TensorFile {
 public:
  virtual ~TensorFile() = default;

  /// What messages call the file.
  const std::string& name() const { return name_; }
  /// In the file's order.
  const std::vector<TensorInfo>& tensors() const { return tensors_; }
  /// Null if there is no such tensor.
  const TensorInfo* find(std::string_view tensor) const;

  /// The tensor in binary32: a view of the file if it is stored so, otherwise exact (F16, BF16), rounded to nearest
  /// (F64), or as ggml dequantises it. Throws Error, naming the tensor, if there is none or its type is not read.
  Tensor load(std::string_view tensor) const;
  /// True if load gives the tensor: its type is a floating-point one that is read.
  virtual bool loads(const TensorInfo& info) const = 0;
  /// The bytes of the file that hold the tensor, as they are. Throws Error, naming the tensor, if there is none.
  std::span<const std::byte> stored(std::string_view tensor) const;

 protected:
  explicit TensorFile(std::string name) : name_(std::move(name)) {}
  /// Throws Error if the name is taken.
  void add(TensorInfo info);
  virtual Tensor load_values(const TensorInfo& info) const = 0;
  virtual std::span<const std::byte> stored_bytes(const TensorInfo& info) const = 0;

 private:
  const TensorInfo& required(std::string_view tensor) const;

  std::string name_;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

}  // namespace octavo::sim::file
