// A policy in TOML: a name, "amax", or one with its settings, { amax = { margin = 3 } }.
#pragma once

#include <string>

#include "messages/toml_document.h"
#include "scaling/policy/policies.h"

namespace octavo::scaling {

/// Throws Error, with line and the known words near, on a name, setting or range that no policy has.
Policy read_policy(const messages::TomlDocument& document, const toml::node& node);

/// What read_policy() turns into the policy: all its settings.
std::string to_toml(const Policy& policy);

}  // namespace octavo::scaling
