// What a file's bytes have to be to be text, and the text that they are.
#pragma once

#include <cstdint>
#include <string>

namespace octavo::sim::text {

/// What was done to make a text of a file's bytes, and what a text left out: all that would be silent otherwise.
struct TextNotes {
  bool gzip = false;               ///< decompressed
  bool byte_order_mark = false;    ///< UTF-8's, dropped
  std::int64_t line_ends = 0;      ///< CR LF or CR, read as LF
  std::int64_t documents = 0;      ///< read
  std::int64_t without_field = 0;  ///< left out: the JSON object lacks the field, or has null there
  std::int64_t empty = 0;          ///< left out: the text is empty
  std::string field;               ///< that texts were read from; empty if from none
  bool looks_like_json = false;    ///< read as plain text, but the first line is a JSON object
  std::int64_t added_tokens = 0;   ///< tokens of the text that were cut out of it: see Vocabulary
  std::int64_t second_bos = 0;     ///< documents that begin with BOS themselves, after the one that the tokenizer puts
  std::int64_t unused_tokens = 0;  ///< tokens of the tokenizer that the model has no row for

  bool operator==(const TextNotes&) const = default;
};

/// The notes as words, with "; " between; empty where there is nothing to say: a plain text of which nothing was left
/// out or changed.
std::string to_string(const TextNotes& notes);

/// The text of `bytes`, UTF-8: decompressed if they are gzip, without byte order mark. Throws Error, naming `where` and
/// what the bytes are, for other encodings (UTF-16, UTF-32), for files that are no text (Parquet, .npy, other
/// compressions, ...), for NUL and for what is not UTF-8.
std::string decode_text(std::string bytes, const std::string& where, TextNotes& notes);

/// CR LF and CR become LF, as where Python opens a text.
void unify_line_ends(std::string& text, TextNotes& notes);

}  // namespace octavo::sim::text
