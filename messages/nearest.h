// The known word nearest to a mistyped one, for error messages.
#pragma once

#include <span>
#include <string_view>

namespace octavo::messages {

/// The candidate with the fewest edits (insert, delete, replace a character; case is no difference) from `word`; the
/// first of equally near ones, empty without candidates. Of a very long word only the first 64 characters count.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace octavo::messages
