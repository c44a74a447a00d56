// The texts of a file: a plain text is one document, a JSON array of strings is one document a string.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace octavo::sim::text {

/// The documents of `path`, in the file's order: of a file named *.json, an array of strings, every string that is not
/// empty; of any other file all its bytes as one. Windows do not cross documents, so each story of a collection is
/// scored from its own beginning. Throws Error for a missing file, a JSON file of another shape, or no text at all.
std::vector<std::string> read_text(const std::filesystem::path& path);

}  // namespace octavo::sim::text
