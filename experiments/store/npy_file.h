// Arrays as .npy files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace octavo::experiments::store {

/// Writes a row-major array, atomically. Throws Error if that fails.
void write_npy(const std::filesystem::path& path, std::span<const float> values,
               const std::vector<std::int64_t>& shape);
void write_npy(const std::filesystem::path& path, std::span<const std::uint8_t> values,
               const std::vector<std::int64_t>& shape);

}  // namespace octavo::experiments::store
