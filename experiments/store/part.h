// One finished point of a sweep as a small file of its own.
#pragma once

#include <filesystem>
#include <string>

#include "experiments/store/run.h"

namespace octavo::experiments::store {

/// Writes the part `path` atomically: whole on the disk when this returns, or unchanged. Throws Error if that fails.
void write_part(const std::filesystem::path& path, const std::string& fingerprint, int point, const Run& run);

/// The fingerprint that the part carries, of any schema version. Throws Error if it cannot be read.
std::string part_fingerprint(const std::filesystem::path& path);

/// The run of a part. Throws Error if the part is missing or damaged in any bit of its content, or is another point.
Run read_part(const std::filesystem::path& path, int point);

}  // namespace octavo::experiments::store
