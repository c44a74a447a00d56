// Reader of NumPy's .npy: one array a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/file/mapped_file.h"
#include "sim/file/tensor_file.h"

namespace octavo::sim::file {

/// What the header of a .npy file says. Of the types of the package ml_dtypes, numpy.save keeps no name: bfloat16 and
/// float8_e5m2 can be told by their codes and are called so, all others of one byte are V1.
struct NpyHeader {
  std::string dtype;                ///< NumPy's code without the byte order: f4, i8, u2, ..., or see below
  std::vector<std::int64_t> shape;  ///< row-major; empty for a single number
  std::size_t offset = 0;           ///< of the first element; the elements end where the file ends
};

/// Reads and checks the header of an array of numbers in little-endian C order whose elements fill the rest of `bytes`.
/// Throws Error, naming `where`, for anything else. Source: NumPy's numpy.lib.format, versions 1 to 3.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& where);

/// A .npy file as a file of one tensor, which is called as the file is without its extension. Every dtype is listed;
/// f4 (a view of the file), f2, bfloat16, float8_e5m2 (both exact) and f8 load.
class Npy : public TensorFile {
 public:
  /// Throws Error as parse_npy_header does.
  explicit Npy(FileBytes file);

  bool loads(const TensorInfo& info) const override;
  /// The bytes before the first element.
  std::span<const std::byte> header() const { return file_.bytes.first(offset_); }

 private:
  Tensor load_values(const TensorInfo& info) const override;
  std::span<const std::byte> stored_bytes(const TensorInfo& info) const override {
    return file_.bytes.subspan(info.begin, info.end - info.begin);
  }

  FileBytes file_;
  std::size_t offset_ = 0;
};

}  // namespace octavo::sim::file
