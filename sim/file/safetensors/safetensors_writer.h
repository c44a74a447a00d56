// Writer of safetensors: named arrays into one file that the reader, and everybody else's, opens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace octavo::sim::file {

/// A tensor to write, F32 or F64, row-major.
struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::variant<std::span<const float>, std::span<const double>> values;
};

/// Writes a new file (whatever was there is replaced) and puts it on the disk. Equal arguments make equal bytes. Throws
/// Error if the disk is full or the file cannot be written; what was written until then is removed.
void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// Writes a file of these bytes and puts it on the disk, with the same errors.
void write_bytes(const std::filesystem::path& path, std::string_view bytes);

}  // namespace octavo::sim::file
