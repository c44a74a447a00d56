// The texts of a file: see read_text.h.
#include "sim/text/read_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/error.h"
#include "sim/file/file_bytes.h"

namespace octavo::sim::text {
namespace {

std::vector<std::string> strings_of(const std::string& bytes, const std::filesystem::path& path) {
  const auto json = nlohmann::json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  const bool usable =
      json.is_array() && std::all_of(json.begin(), json.end(), [](const auto& e) { return e.is_string(); });
  if (!usable) {
    throw Error(fmt::format("{}: is no JSON array of strings; give such a file, or a plain text under another name",
                            path.string()));
  }
  std::vector<std::string> texts;
  for (const auto& element : json) {
    if (const auto& text = element.get_ref<const std::string&>(); !text.empty()) texts.push_back(text);
  }
  return texts;
}

}  // namespace

std::vector<std::string> read_text(const std::filesystem::path& path) {
  std::string bytes = file::file_bytes(path);
  std::vector<std::string> texts;
  if (path.extension() == ".json") {
    texts = strings_of(bytes, path);
  } else if (!bytes.empty()) {
    texts.push_back(std::move(bytes));
  }
  if (texts.empty()) throw Error(fmt::format("{}: holds no text", path.string()));
  return texts;
}

}  // namespace octavo::sim::text
