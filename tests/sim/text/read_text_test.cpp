// Text files: plain ones and JSON arrays of documents.
#include "sim/text/read_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"
#include "tests/sim/text/temporary_folder.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ReadText, PlainTextIsOneDocument) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_text(folder.write("a.txt", "one\n\ntwo\xFF")), ElementsAre("one\n\ntwo\xFF"));
}

TEST(ReadText, JsonArrayIsADocumentAString) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_text(folder.write("a.json", R"(["one\n", "", "tw\u00f6"])")), ElementsAre("one\n", "twö"));
}

TEST(ReadText, RefusesWhatHoldsNoText) {
  const TemporaryFolder folder;
  const auto message = [&](const std::filesystem::path& path) -> std::string {
    try {
      read_text(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message(folder.write("empty.txt", "")), HasSubstr("empty.txt: holds no text"));
  EXPECT_THAT(message(folder.write("empty.json", R"(["", ""])")), HasSubstr("empty.json: holds no text"));
  EXPECT_THAT(message(folder.write("object.json", R"({"text": "one"})")), HasSubstr("no JSON array of strings"));
  EXPECT_THAT(message(folder.write("numbers.json", R"(["one", 2])")), HasSubstr("no JSON array of strings"));
  EXPECT_THAT(message(folder.write("cut.json", R"(["one", "tw)")), HasSubstr("no JSON array of strings"));
  EXPECT_THAT(message(folder.write("stray.json", "[\"one\xFF\"]")), HasSubstr("no JSON array of strings"));
  EXPECT_THAT(message(folder.path() / "missing.txt"), HasSubstr("missing.txt: no such file"));
  EXPECT_THAT(message(folder.path()), HasSubstr("is a directory"));
  EXPECT_THAT(message("/dev/zero"), HasSubstr("/dev/zero: is not a regular file"));
}

}  // namespace
}  // namespace octavo::sim::text
