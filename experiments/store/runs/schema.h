// What the files are called; docs/hdf5-schema.md defines them.
#pragma once

#include <cstdint>
#include <string_view>

namespace octavo::experiments::store {

inline constexpr std::string_view kRunsSchema = "octavo-runs";
inline constexpr std::string_view kPartSchema = "octavo-part";
inline constexpr std::int32_t kSchemaVersion = 2;

}  // namespace octavo::experiments::store
