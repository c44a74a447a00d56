// From bytes to text: see plain_text.h.
#include "sim/text/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "messages/error.h"
#include "sim/text/gunzip.h"
#include "sim/text/utf8.h"

namespace octavo::sim::text {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::string_view begins, is, instead;
};

/// What is told by its first bytes. Longer beginnings stand before those that they begin with.
constexpr std::array kNoText{
    Kind{"\xFF\xFE\0\0"sv, "UTF-32", "convert it to UTF-8 (iconv -f UTF-32 -t UTF-8)"},
    Kind{"\0\0\xFE\xFF"sv, "UTF-32", "convert it to UTF-8 (iconv -f UTF-32 -t UTF-8)"},
    Kind{"\xFF\xFE"sv, "UTF-16", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"},
    Kind{"\xFE\xFF"sv, "UTF-16", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"},
    Kind{"PAR1"sv, "Parquet",
         "write its texts as .jsonl (pandas: read_parquet(...).to_json(..., orient='records', lines=True))"},
    Kind{"ARROW1"sv, "Arrow", "write its texts as .jsonl"},
    Kind{"\x93NUMPY"sv, ".npy", "if it holds token ids, give --token-ids in place of --text"},
    Kind{"\x28\xB5\x2F\xFD"sv, "Zstandard", "decompress it (zstd -d)"},
    Kind{"\xFD"
         "7zXZ\0"sv,
         "xz", "decompress it (xz -d)"},
    Kind{"BZh"sv, "bzip2", "decompress it (bunzip2)"},
    Kind{"PK\x03\x04"sv, "zip", "unpack it (unzip)"},
    Kind{"GGUF"sv, "GGUF", "give it as --model"},
    Kind{"\x89HDF\r\n\x1A\n"sv, "HDF5", "give a text"},
    Kind{"%PDF-"sv, "PDF", "extract its text"},
    Kind{"SQLite format 3\0"sv, "SQLite", "write its texts as .jsonl"},
};

constexpr std::string_view kMark = "\xEF\xBB\xBF";

/// Throws Error at the first NUL, or byte that is not UTF-8.
void require_utf8(std::string_view text, const std::string& where) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = text[at] == '\0' ? 0 : character_length(text, at);
    if (length == 0) {
      const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      if (text[at] == '\0')
        throw Error(fmt::format("{}:{}: byte {} is NUL, so this is no text (or UTF-16 without a byte order mark)",
                                where, line, at));
      throw Error(fmt::format("{}:{}: byte {} is 0x{:02X}, which is not UTF-8 there; convert the text to UTF-8 (iconv)",
                              where, line, at, static_cast<unsigned char>(text[at])));
    }
    at += length;
  }
}

}  // namespace

std::string to_string(const TextNotes& notes) {
  std::string out;
  const auto say = [&](const std::string& words) { out += (out.empty() ? "" : "; ") + words; };
  const auto some = [](std::int64_t count, std::string_view one, std::string_view more) {
    return fmt::format("{} {}", count, count == 1 ? one : more);
  };
  if (notes.gzip) say("decompressed (gzip)");
  if (notes.byte_order_mark) say("byte order mark dropped");
  if (notes.line_ends > 0) say(some(notes.line_ends, "line end", "line ends") + " with CR read as LF");
  if (notes.looks_like_json) say("the first line is JSON, read as plain text (name it .jsonl, or give --field)");
  if (!notes.field.empty()) say(fmt::format("texts of field {:?}", notes.field));
  if (notes.documents > 1) say(some(notes.documents, "document", "documents"));
  if (notes.without_field > 0) say(some(notes.without_field, "document", "documents") + " without that field left out");
  if (notes.empty > 0) say(some(notes.empty, "empty document", "empty documents") + " left out");
  if (notes.added_tokens > 0) say(some(notes.added_tokens, "added token", "added tokens") + " cut out of the text");
  if (notes.second_bos > 0)
    say(some(notes.second_bos, "document begins", "documents begin") + " with BOS, and the tokenizer puts another");
  if (notes.unused_tokens > 0)
    say(fmt::format("the tokenizer has {} more than the model, which the text does not use",
                    some(notes.unused_tokens, "token", "tokens")));
  return out;
}

std::string decode_text(std::string bytes, const std::string& where, TextNotes& notes) {
  if (is_gzip(bytes)) {
    bytes = gunzip(bytes, where);
    notes.gzip = true;
    if (is_gzip(bytes)) throw Error(fmt::format("{}: is gzip of gzip; decompress it once", where));
  }
  for (const Kind& kind : kNoText)
    if (bytes.starts_with(kind.begins))
      throw Error(fmt::format("{}: is {}, not text in UTF-8; {}", where, kind.is, kind.instead));
  if (bytes.starts_with(kMark)) {
    bytes.erase(0, kMark.size());
    notes.byte_order_mark = true;
  }
  require_utf8(bytes, where);
  return bytes;
}

void unify_line_ends(std::string& text, TextNotes& notes) {
  std::size_t to = text.find('\r');
  for (std::size_t from = to; from < text.size(); ++from) {
    if (text[from] == '\r') {
      ++notes.line_ends;
      if (from + 1 < text.size() && text[from + 1] == '\n') ++from;
      text[to++] = '\n';
    } else {
      text[to++] = text[from];
    }
  }
  if (to < text.size()) text.resize(to);
}

}  // namespace octavo::sim::text
