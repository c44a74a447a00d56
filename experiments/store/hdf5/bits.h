// Numbers of a recorded case as bits, and their datasets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/store/hdf5/file.h"

namespace octavo::experiments::store {

/// Numbers as bits: codes of 8 bits; halves of 16; binary32 of 32.
struct Bits {
  int width = 32;
  std::vector<std::uint32_t> values;

  bool operator==(const Bits&) const = default;
};

/// Of a dataset that holds numbers of 8, 16 or 32 bits, or unsigned integers that stand for them. Throws Error if it is
/// missing or has another shape or type.
Bits read_bits(const Group& group, const std::string& name, const Shape& shape);

/// 16 bits are written as f16, which is a type of HDF5; bfloat16 is none, and written as its bits.
void write_bits(const Group& group, const std::string& name, const Bits& bits, const Shape& shape, bool bf16 = false);

/// Throws Error: group cannot be read, and why.
[[noreturn]] void refuse(const Group& group, const std::string& why);

/// Throws Error if the group has no such dataset.
void require(const Group& group, const std::string& dataset);

}  // namespace octavo::experiments::store
