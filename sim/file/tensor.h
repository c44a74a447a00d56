// Tensors, and making them: views of mapped bytes, and the rearrangements that files need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/file/mapped_file.h"

namespace octavo::sim::file {

/// Row-major float tensor. `owner` keeps the memory alive: a buffer, or a mapped file that the values are a view of.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  std::shared_ptr<const void> owner;

  bool empty() const { return values.empty(); }
};

/// The number of elements of `shape`; nothing if a dimension is negative or the number does not fit.
std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape);

/// A tensor of `shape` (whose count fits) in memory of its own, written whole by fill(float*).
template <class Fill>
Tensor filled(std::vector<std::int64_t> shape, Fill&& fill) {
  const auto count = static_cast<std::size_t>(element_count(shape).value());
  std::shared_ptr<float[]> memory(new float[count]);  // uninitialised: every element is about to be written
  fill(memory.get());
  return {std::move(shape), {memory.get(), count}, memory};
}

/// The binary32 tensor at byte `offset` of `file`, which must hold all of it: a view, or a copy if it is not aligned.
Tensor view(std::vector<std::int64_t> shape, const FileBytes& file, std::uint64_t offset);

/// [K, N] -> [N, K].
Tensor transposed(const Tensor& matrix);

}  // namespace octavo::sim::file
