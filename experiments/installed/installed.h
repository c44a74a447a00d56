// Files that come with Octavo: scripts, small models, a text.
#pragma once

#include <filesystem>
#include <string>

namespace octavo::experiments {

/// The file or folder `name` of share/octavo beside the program, or `in_source` of the source tree it was built from.
/// Throws Error if neither is there.
std::filesystem::path installed_path(const std::string& name, const std::string& in_source);

}  // namespace octavo::experiments
