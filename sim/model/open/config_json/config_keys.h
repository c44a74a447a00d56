// Keys of config.json that are not read: which of them change nothing, and which must have the value that is computed.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace octavo::sim::model {

/// Throws Error, naming the first key of the object `config` (called `where`) that is not null, is not in `read`, is
/// none that is known to change nothing of what a model computes, and has not the one value that is implemented: a
/// setting that is not understood must not be replaced by a default.
void refuse_unknown_keys(const nlohmann::json& config, std::span<const std::string_view> read,
                         const std::string& where);

}  // namespace octavo::sim::model
