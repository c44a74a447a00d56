// A file as bytes that are read when they are touched: a read-only memory map.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace octavo::sim::file {

/// What a reader reads: a mapped file, or bytes that are in memory already.
struct FileBytes {
  std::string name;  ///< what messages call it: the path as given
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;  ///< keeps `bytes` alive
};

/// Maps the regular file `path`; nothing is read, so a file of any size opens at once. Throws Error if it is missing, a
/// directory or another special file, empty, or not readable. The file must not be shortened while it is in use.
FileBytes map_file(const std::filesystem::path& path);

}  // namespace octavo::sim::file
