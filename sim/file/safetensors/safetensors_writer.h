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

/// Elements of one byte, and what safetensors calls their type: U8, F8_E4M3, ...
struct StoredBytes {
  std::span<const std::uint8_t> bytes;
  std::string dtype = "U8";
};

/// A tensor to write, row-major.
struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::variant<std::span<const float>, std::span<const double>, StoredBytes> values;
};

/// Writes a new file (whatever was there is replaced) and puts it on the disk. Equal arguments make equal bytes. Throws
/// Error if the disk is full or the file cannot be written; what was written until then is removed.
void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// Writes a file of these bytes and puts it on the disk, with the same errors.
void write_bytes(const std::filesystem::path& path, std::string_view bytes);

}  // namespace octavo::sim::file
