// RoPE's base and scaling in config.json, wherever versions of transformers have put them.
#pragma once

#include <string>

#include "sim/file/json_file.h"
#include "sim/model/config.h"

namespace octavo::sim::model {

/// Reads rope_theta, rope_scaling, and rope_parameters (transformers 5: both in one object; its rope_theta is the one
/// that holds) of `config`, called `where`, into `c`. Throws Error for a type that is not implemented, for a key that
/// is not understood, for an object of parameters by layer type, and where two places contradict each other.
void read_rope(const file::JsonObject& config, const std::string& where, Config& c);

}  // namespace octavo::sim::model
