// A whole file in memory: see file_bytes.h.
#include "sim/file/file_bytes.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "messages/error.h"
#include "messages/read_stream.h"
#include "sim/file/stand_in.h"

namespace octavo::sim::file {

std::string file_bytes(const std::filesystem::path& path) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(path, failure);
  if (!std::filesystem::exists(status)) throw Error(fmt::format("{}: no such file", path.string()));
  if (std::filesystem::is_directory(status)) throw Error(fmt::format("{}: is a directory, not a file", path.string()));
  if (!std::filesystem::is_regular_file(status)) {  // a device may never end
    throw Error(fmt::format("{}: is not a regular file", path.string()));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened for reading: check its permissions", path.string()));
  std::optional<std::string> bytes = messages::read_stream(file);
  if (!bytes) throw Error(fmt::format("{}: reading it failed; is it a file with content?", path.string()));
  refuse_stand_in(*bytes, path.string());
  return *std::move(bytes);
}

}  // namespace octavo::sim::file
