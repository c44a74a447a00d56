// Word characters and white space: see character_class.h.
#include "sim/text/added/character_class.h"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "sim/text/utf8.h"

namespace octavo::sim::text {
namespace {

/// White_Space beyond ASCII, as UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces{
    "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

bool is_white_space(std::string_view character) {
  if (character.size() == 1) return character[0] == ' ' || (character[0] >= '\t' && character[0] <= '\r');
  return std::find(kWideSpaces.begin(), kWideSpaces.end(), character) != kWideSpaces.end();
}

/// Compiled once; safe to match with from several threads.
const pcre2_code* word_pattern() {
  static const std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
      [] {
        constexpr std::string_view kWord = R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D}])";
        int failure = 0;
        PCRE2_SIZE offset = 0;
        pcre2_code* made = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kWord.data()), kWord.size(),
                                         PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &failure, &offset, nullptr);
        if (made == nullptr) throw std::logic_error("PCRE2 refuses the pattern of word characters");
        return made;
      }(),
      &pcre2_code_free);
  return code.get();
}

bool is_word(std::string_view character) {
  if (character.size() <= 1) {
    const char c = character.empty() ? ' ' : character[0];
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(pcre2_match_data_create(1, nullptr),
                                                                                  &pcre2_match_data_free);
  if (!match) throw std::bad_alloc();
  return pcre2_match(word_pattern(), reinterpret_cast<PCRE2_SPTR>(character.data()), character.size(), 0,
                     PCRE2_NO_UTF_CHECK, match.get(), nullptr) > 0;
}

/// The last well-formed character; empty if the text ends otherwise.
std::string_view last_character(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (character_length(text, text.size() - length) == length) return text.substr(text.size() - length);
  return {};
}

std::string_view first_character(std::string_view text) {
  return text.empty() ? text : text.substr(0, character_length(text, 0));
}

}  // namespace

bool begins_with_word(std::string_view text) { return is_word(first_character(text)); }

bool ends_with_word(std::string_view text) { return is_word(last_character(text)); }

std::size_t white_space_at_begin(std::string_view text) {
  std::size_t length = 0;
  for (std::string_view next = first_character(text); !next.empty() && is_white_space(next);
       next = first_character(text.substr(length)))
    length += next.size();
  return length;
}

std::size_t white_space_at_end(std::string_view text) {
  std::size_t length = 0;
  for (std::string_view last = last_character(text); !last.empty() && is_white_space(last);
       last = last_character(text.substr(0, text.size() - length)))
    length += last.size();
  return length;
}

}  // namespace octavo::sim::text
