// Checkpoints in their folder.
#include "sim/model/open/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>

namespace octavo::sim::model {
namespace {

constexpr std::string_view kPrefix = "step-";
constexpr std::size_t kDigits = 8;

bool is_step(const std::string& name) {
  return name.starts_with(kPrefix) && name.size() >= kPrefix.size() + kDigits &&
         std::all_of(name.begin() + kPrefix.size(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string step_name(std::int64_t step) { return fmt::format("{}{:0{}}", kPrefix, step, kDigits); }

std::vector<std::filesystem::path> steps_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (is_step(entry->path().filename().string())) found.push_back(entry->path());
  std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
    const std::string a = one.filename().string(), b = other.filename().string();
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return found;
}

}  // namespace octavo::sim::model
