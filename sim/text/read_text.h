// The texts of a file: a plain text is one document, JSON has a document a string or object.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text/plain_text.h"

namespace octavo::sim::text {

/// Stands for standard input where a text's file is named.
inline constexpr std::string_view kStandardInput = "-";

/// Documents in the file's order, and what was done to get them.
struct Texts {
  std::vector<std::string> documents;
  TextNotes notes;
};

/// The bytes of `path`, or of standard input if it is kStandardInput. Throws Error for a missing file.
std::string read_source(const std::filesystem::path& path);

/// The documents of `bytes`, which come from a file called `name`: of *.jsonl and *.ndjson, and of any file if `field`
/// is not empty, those of its JSON lines; of *.json those of its JSON (json_texts.h); of any other file all of it as
/// one, with its line ends as LF. An empty `field` means "text". Each may be compressed and is then called *.gz, or as
/// without. Windows do not cross documents, so each story of a collection is scored from its own beginning. Throws
/// Error for what is no text (plain_text.h), for JSON of another shape, and for no text at all.
Texts parse_text(std::string bytes, const std::string& field, const std::string& name);

/// The same from a file.
Texts read_texts(const std::filesystem::path& path, const std::string& field = {});

/// Its documents alone.
std::vector<std::string> read_text(const std::filesystem::path& path);

}  // namespace octavo::sim::text
