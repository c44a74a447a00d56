// Text files: what is text, what it holds, what is said of it and what is refused.
#include "sim/text/read_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"
#include "sim/text/labelled_text.h"
#include "tests/sim/text/gzip_bytes.h"
#include "tests/sim/text/temporary_folder.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using std::string_literals::operator""s;

std::string message(const std::string& bytes, const std::string& name, const std::string& field = "") {
  try {
    parse_text(bytes, field, name);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error.what();
  }
  return "accepted";
}

TEST(ReadText, PlainTextIsOneDocument) {
  const TemporaryFolder folder;
  const Texts texts = read_texts(folder.write("a.txt", "one\n\ntwö"));
  EXPECT_THAT(texts.documents, ElementsAre("one\n\ntwö"));
  EXPECT_EQ(to_string(texts.notes), "");
}

TEST(ReadText, ByteOrderMarkAndLineEndsAreNoText) {
  const Texts marked = parse_text("\xEF\xBB\xBFone\r\ntwo\r\r\n", "", "a.txt");
  EXPECT_THAT(marked.documents, ElementsAre("one\ntwo\n\n"));
  EXPECT_EQ(to_string(marked.notes), "byte order mark dropped; 3 line ends with CR read as LF");
  EXPECT_THAT(parse_text("one\xEF\xBB\xBF", "", "a.txt").documents, ElementsAre("one\xEF\xBB\xBF"));
}

TEST(ReadText, GzipIsDecompressed) {
  const std::string bytes = std::string(kOneGz) + std::string(kTwoGz);
  for (const char* name : {"a.txt.gz", "a.txt", "a"}) {
    const Texts texts = parse_text(bytes, "", name);
    EXPECT_THAT(texts.documents, ElementsAre("one\ntwo\n"));
    EXPECT_EQ(to_string(texts.notes), "decompressed (gzip)");
  }
}

TEST(ReadText, TheNameBeforeGzSaysWhatItHolds) {
  EXPECT_THAT(message(std::string(kOneGz), "a.jsonl.gz"), HasSubstr("a.jsonl.gz:1: is no JSON"));
  EXPECT_THAT(message(std::string(kOneGz), "a.json.gz"), HasSubstr("no JSON array"));
}

TEST(ReadText, JsonArrayIsADocumentAnElement) {
  const Texts texts = parse_text(R"(["one\n", "", "tw\u00f6", {"text": "three\r\n"}])", "", "a.json");
  EXPECT_THAT(texts.documents, ElementsAre("one\n", "twö", "three\r\n"));
  EXPECT_EQ(to_string(texts.notes), "texts of field \"text\"; 3 documents; 1 empty document left out");
  EXPECT_THAT(parse_text(R"({"text": "one"})", "", "a.json").documents, ElementsAre("one"));
}

TEST(ReadText, JsonLinesAreADocumentALine) {
  const std::string lines =
      "\xEF\xBB\xBF{\"text\": \"one\"}\r\n\n{\"text\": \"\"}\n{\"id\": 7}\n{\"text\": null}\n\"two\"";
  for (const char* name : {"a.jsonl", "a.ndjson", "a.json"}) {
    const Texts texts = parse_text(lines, "", name);
    EXPECT_THAT(texts.documents, ElementsAre("one", "two"));
    EXPECT_EQ(
        to_string(texts.notes),
        "byte order mark dropped; texts of field \"text\"; 2 documents; 2 documents without that field left out; 1 "
        "empty document left out");
  }
}

TEST(ReadText, FieldNamesTheMember) {
  const std::string line = R"({"content": "one", "text": "two"})";
  for (const char* name : {"a.jsonl", "a.json", "a.txt", "-"})
    EXPECT_THAT(parse_text(line, "content", name).documents, ElementsAre("one"));
  const Texts plain = parse_text(line, "", "-");
  EXPECT_THAT(plain.documents, ElementsAre(line));
  EXPECT_THAT(to_string(plain.notes), HasSubstr("the first line is JSON"));
  EXPECT_THAT(message(R"({"content": "one", "id": 1})", "a.jsonl"),
              HasSubstr("no document has a text in field \"text\"; the first has 'content': give --field"));
}

TEST(ReadText, RefusesJsonOfAnotherShape) {
  EXPECT_THAT(message("{\"text\": \"one\"}\n{\"text\": 2}", "a.jsonl"),
              HasSubstr("a.jsonl:2: field \"text\" is no string"));
  EXPECT_THAT(message("[\"one\"]", "a.jsonl"), HasSubstr("a.jsonl:1: is neither a string nor an object"));
  EXPECT_THAT(message("\"one\"\n{\"text\": ", "a.jsonl"), HasSubstr("a.jsonl:2: is no JSON"));
  EXPECT_THAT(message("{\"text\": \"\\ud800\"}", "a.jsonl"), HasSubstr("surrogate"));  // half a character
  EXPECT_THAT(message(R"(["one", 2])", "a.json"), HasSubstr("a.json: element 1: is neither"));
  EXPECT_THAT(message(R"(["one", "tw)", "a.json"), HasSubstr("no JSON array"));
  EXPECT_THAT(message("7", "a.json"), HasSubstr("no JSON array"));
}

TEST(ReadText, RefusesWhatIsNoText) {
  const auto starts = [](std::string_view bytes) { return std::string(bytes) + "abcd"; };
  EXPECT_THAT(message(starts("\xFF\xFEo\0"sv), "a.txt"), HasSubstr("a.txt: is UTF-16, not text in UTF-8"));
  EXPECT_THAT(message(starts("\xFE\xFF\0o"sv), "a.txt"), HasSubstr("is UTF-16"));
  EXPECT_THAT(message(starts("\xFF\xFE\0\0"sv), "a.txt"), HasSubstr("is UTF-32"));
  EXPECT_THAT(message(starts("PAR1"), "a.parquet"), HasSubstr("a.parquet: is Parquet"));
  EXPECT_THAT(message(starts("\x93NUMPY"), "a.npy"), HasSubstr("give --token-ids"));
  EXPECT_THAT(message(starts("\x28\xB5\x2F\xFD"), "a.zst"), HasSubstr("is Zstandard"));
  EXPECT_THAT(message(starts("PK\x03\x04"), "a.zip"), HasSubstr("is zip"));
  EXPECT_THAT(message("one\ntwo\0"s, "a.txt"), HasSubstr("a.txt:2: byte 7 is NUL"));
  EXPECT_THAT(message("o\0n\0"s, "a.txt"), HasSubstr("byte 1 is NUL"));
  EXPECT_THAT(message("caf\xE9", "a.txt"), HasSubstr("a.txt:1: byte 3 is 0xE9, which is not UTF-8"));
  EXPECT_THAT(message("[\"one\xFF\"]", "a.json"), HasSubstr("is 0xFF"));
  EXPECT_THAT(message("\xED\xA0\x80", "a.txt"), HasSubstr("is not UTF-8"));  // a surrogate
}

TEST(ReadText, RefusesWhatHoldsNoText) {
  EXPECT_THAT(message("", "empty.txt"), HasSubstr("empty.txt: holds no text"));
  EXPECT_THAT(message("\xEF\xBB\xBF", "empty.txt"), HasSubstr("holds no text"));
  EXPECT_THAT(message("", "-"), HasSubstr("standard input: holds no text"));
  EXPECT_THAT(message(R"(["", ""])", "empty.json"), HasSubstr("empty.json: holds no text"));
  EXPECT_THAT(message("\n\n", "empty.jsonl"), HasSubstr("holds no text"));
  const TemporaryFolder folder;
  const auto refusal = [](const std::filesystem::path& path) -> std::string {
    try {
      read_text(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal(folder.path() / "missing.txt"), HasSubstr("missing.txt: no such file"));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("is a directory"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("/dev/zero: is not a regular file"));
}

TEST(ReadText, LabelledTextsAreTextToo) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_labelled_text(folder.write("a.tsv",
                                            "\xEF\xBB\xBF"
                                            "A\tone\r\nB\ttwo\n")),
            (std::vector<LabelledText>{{"A", "one"}, {"B", "two"}}));
  EXPECT_THROW(read_labelled_text(folder.write("b.tsv", "A\tone\nB\tcaf\xE9\n")), Error);
}

}  // namespace
}  // namespace octavo::sim::text
