// A view of the numbers that a cast takes, whatever they are kept as.
#pragma once

#include <cstddef>
#include <iterator>

#include "formats/float.h"
#include "formats/span/kernels/quantize_kernel.h"

namespace octavo::formats {

/// Elements to cast: binary32 values, or codes of fp16 or bf16 (which widen exactly). A view.
class Values {
 public:
  /// Of anything contiguous with elements float, FP16 or BF16.
  template <class Range>
  Values(const Range& x) : type_(type_of(std::data(x))), data_(std::data(x)), size_(std::size(x)) {}

  quantize_kernel::Source type() const { return type_; }
  const void* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t element_size() const { return type_ == quantize_kernel::Source::fp32 ? sizeof(float) : sizeof(FP16); }
  const void* at(std::size_t i) const { return static_cast<const std::byte*>(data_) + i * element_size(); }
  /// Elements first..first + count - 1.
  Values part(std::size_t first, std::size_t count) const { return {type_, at(first), count}; }

 private:
  Values(quantize_kernel::Source type, const void* data, std::size_t size) : type_(type), data_(data), size_(size) {}

  static quantize_kernel::Source type_of(const float*) { return quantize_kernel::Source::fp32; }
  static quantize_kernel::Source type_of(const FP16*) { return quantize_kernel::Source::fp16; }
  static quantize_kernel::Source type_of(const BF16*) { return quantize_kernel::Source::bf16; }

  quantize_kernel::Source type_;
  const void* data_;
  std::size_t size_;
};

}  // namespace octavo::formats
