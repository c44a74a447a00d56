// Word characters and white space as the rules of added tokens mean them: \w and \s of Rust's regular expressions.
#pragma once

#include <cstddef>
#include <string_view>

namespace octavo::sim::text {

/// Whether `text` begins, or ends, with a letter, mark, decimal digit, connector or joiner (UTS 18, annex C). Bytes
/// that are not UTF-8 are none.
bool begins_with_word(std::string_view text);
bool ends_with_word(std::string_view text);

/// Bytes of the white space (Unicode's White_Space) that `text` begins, or ends, with.
std::size_t white_space_at_begin(std::string_view text);
std::size_t white_space_at_end(std::string_view text);

}  // namespace octavo::sim::text
