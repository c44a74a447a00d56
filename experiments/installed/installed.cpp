// Looking beside the program, then in the source tree.
#include "experiments/installed/installed.h"

#include <fmt/format.h>

#include <vector>

#include "messages/error.h"

#ifndef OCTAVO_SOURCE
#define OCTAVO_SOURCE ""
#endif

namespace octavo::experiments {

std::filesystem::path installed_path(const std::string& name, const std::string& in_source) {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  std::vector<std::filesystem::path> places;
  if (!failed) places.push_back(program.parent_path().parent_path() / "share" / "octavo" / name);
  places.push_back(std::filesystem::path(OCTAVO_SOURCE) / in_source);
  for (const std::filesystem::path& place : places)
    if (std::filesystem::exists(place, failed)) return place;
  throw Error(fmt::format("{}: not found in {}; install Octavo with cmake --install", name,
                          places.front().parent_path().string()));
}

}  // namespace octavo::experiments
