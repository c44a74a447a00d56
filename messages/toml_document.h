// TOML that others wrote, with errors that say file and line: what the readers of recipes and configurations share. The
// one place that includes toml++.
#pragma once

#include <fmt/format.h>

// toml++ asserts, and with NDEBUG assumes, what malformed text such as "[}" breaks, and goes on to report it well.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace octavo::messages {

/// Where nodes come from: `where` is the file's name, or what stands for it.
class TomlDocument {
 public:
  /// Throws Error if the text is not TOML, or has a character beyond ASCII outside of comment lines.
  TomlDocument(std::string_view text, std::string where);

  const toml::table& root() const { return root_; }

  [[noreturn]] void fail(const toml::source_region& source, std::string_view message) const;
  [[noreturn]] void fail(const toml::node& node, std::string_view message) const { fail(node.source(), message); }

  /// Fails, with the known ones near to it, if the table has another key.
  void check_keys(const toml::table& table, const std::vector<std::string_view>& known) const;

  // The node as what it must be; fails, calling it `what`, if it is something else.
  const toml::table& table(const toml::node& node, std::string_view what) const;
  std::string text(const toml::node& node, std::string_view what) const;
  int integer(const toml::node& node, std::string_view what, int low, int high) const;

 private:
  std::string where_;
  toml::table root_;
};

}  // namespace octavo::messages
