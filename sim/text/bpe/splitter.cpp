// The first step of byte-level BPE, by PCRE2: see splitter.h.
#include "sim/text/bpe/splitter.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "messages/error.h"
#include "sim/text/utf8.h"

namespace octavo::sim::text {
namespace {

/// SmolLM2 cuts out each digit first and gives GPT-2's expression the stretches between. One expression does both:
/// white space before a digit is then white space at the end of a stretch, which the look-ahead has to let pass.
constexpr std::string_view kSmollmRegex =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+)";

/// What \s and \S mean where these expressions come from: Unicode's White_Space. PCRE2's own \s has U+180E too.
constexpr std::string_view kWhiteSpace =
    R"(\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

std::string_view regex_of(Split split) {
  switch (split) {
    case Split::gpt2:
      return kGpt2Regex;
    case Split::smollm:
      return kSmollmRegex;
    case Split::llama3:
      return kLlama3Regex;
  }
  throw std::logic_error("unknown Split");
}

/// `regex` with \s and \S written out, inside and outside of brackets (\S occurs outside only).
std::string write_out_white_space(std::string_view regex) {
  std::string out;
  bool in_class = false;
  for (std::size_t at = 0; at < regex.size(); ++at) {
    if (regex.substr(at).starts_with("\\s")) {
      out += in_class ? std::string(kWhiteSpace) : fmt::format("[{}]", kWhiteSpace);
      ++at;
    } else if (regex.substr(at).starts_with("\\S")) {
      out += fmt::format("[^{}]", kWhiteSpace);
      ++at;
    } else {
      if (regex[at] == '[') in_class = true;
      if (regex[at] == ']') in_class = false;
      out += regex[at];
    }
  }
  return out;
}

std::size_t stray_bytes_end(std::string_view text, std::size_t at) {
  while (at < text.size() && character_length(text, at) == 0) ++at;
  return at;
}

std::size_t characters_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::size_t length = character_length(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace

struct Splitter::Pattern {
  std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code;

  void split(std::string_view text, pcre2_match_data* match, std::vector<std::string_view>& pieces) const {
    for (std::size_t at = 0; at < text.size();) {
      const int result = pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at,
                                     PCRE2_NO_UTF_CHECK, match, nullptr);
      const std::size_t end = result > 0 ? pcre2_get_ovector_pointer(match)[1] : at;
      if (end <= at) throw Error(fmt::format("PCRE2 failed to split a text at byte {} (code {})", at, result));
      pieces.push_back(text.substr(at, end - at));
      at = end;
    }
  }
};

Splitter::Splitter(Split split) {
  const std::string regex = write_out_white_space(regex_of(split));
  int failure = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.data()), regex.size(),
                                   PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &failure, &offset, nullptr);
  if (code == nullptr) throw std::logic_error(fmt::format("PCRE2 refuses {} (code {})", regex, failure));
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where it cannot, matching interprets
  pattern_.reset(new Pattern{{code, &pcre2_code_free}});
}

Splitter::~Splitter() = default;

std::vector<std::string_view> Splitter::split(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(pcre2_match_data_create(1, nullptr),
                                                                                  &pcre2_match_data_free);
  if (!match) throw std::bad_alloc();
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = characters_end(text, at);
    pattern_->split(text.substr(at, end - at), match.get(), pieces);
    at = stray_bytes_end(text, end);
    if (at > end) pieces.push_back(text.substr(end, at - end));
  }
  return pieces;
}

}  // namespace octavo::sim::text
