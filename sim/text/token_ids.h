// Token ids from a NumPy file, for models that have no text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/windows.h"

namespace octavo::sim::text {

/// The ids of a .npy array of integers of any size, signed or not (little-endian, C order): one document if it has one
/// dimension, a document a row if it has two. Throws Error, naming `where`, for any other file and for an id that is
/// not in [0, vocabulary_size).
std::vector<Document> parse_token_ids(std::string_view bytes, std::int64_t vocabulary_size, const std::string& where);

/// The same from a file.
std::vector<Document> read_token_ids(const std::filesystem::path& path, std::int64_t vocabulary_size);

}  // namespace octavo::sim::text
