// The texts of a file: see read_text.h.
#include "sim/text/read_text.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <utility>

#include "messages/error.h"
#include "messages/read_stream.h"
#include "sim/file/file_bytes.h"
#include "sim/text/json_texts.h"

namespace octavo::sim::text {

std::string read_source(const std::filesystem::path& path) {
  if (path != kStandardInput) return file::file_bytes(path);
  std::optional<std::string> bytes = messages::read_stream(std::cin);
  if (!bytes) throw Error("standard input: reading it failed");
  return *std::move(bytes);
}

Texts parse_text(std::string bytes, const std::string& field, const std::string& name) {
  const std::string where = name == kStandardInput ? "standard input" : name;
  Texts texts;
  std::string text = decode_text(std::move(bytes), where, texts.notes);
  std::filesystem::path kind(name);
  if (kind.extension() == ".gz") kind.replace_extension();
  const std::string extension = kind.extension().string();
  const std::string member(field.empty() ? kTextField : field);
  if (extension == ".json") {
    texts.documents = parse_json_texts(text, member, where, texts.notes);
  } else if (extension == ".jsonl" || extension == ".ndjson" || !field.empty()) {
    texts.documents = parse_json_lines(text, member, where, texts.notes);
  } else {
    texts.notes.looks_like_json = begins_with_json_object(text);
    unify_line_ends(text, texts.notes);
    if (!text.empty()) texts.documents.push_back(std::move(text));
  }
  if (texts.documents.empty()) throw Error(fmt::format("{}: holds no text", where));
  texts.notes.documents = static_cast<std::int64_t>(texts.documents.size());
  return texts;
}

Texts read_texts(const std::filesystem::path& path, const std::string& field) {
  return parse_text(read_source(path), field, path.string());
}

std::vector<std::string> read_text(const std::filesystem::path& path) { return read_texts(path).documents; }

}  // namespace octavo::sim::text
