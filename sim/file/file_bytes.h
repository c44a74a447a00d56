// A whole file in memory, as the text and vocabulary readers take it.
#pragma once

#include <filesystem>
#include <string>

namespace octavo::sim::file {

/// The bytes of `path`. Throws Error if it is no readable regular file, or a stand-in (see stand_in.h).
std::string file_bytes(const std::filesystem::path& path);

}  // namespace octavo::sim::file
