// Checkpoints of a training run in their folder: which they are, by name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace octavo::sim::model {

/// What the checkpoint after `step` steps is called: step-<8 digits>, or more where there are more.
std::string step_name(std::int64_t step);

/// The checkpoints in `folder`, oldest first; empty if there are none, or no such folder.
std::vector<std::filesystem::path> steps_in(const std::filesystem::path& folder);

}  // namespace octavo::sim::model
