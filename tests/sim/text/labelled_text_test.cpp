// Labelled texts: lines, windows, and what is refused.
#include "sim/text/labelled_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"
#include "sim/nn/loss.h"
#include "sim/text/vocabulary/byte_vocabulary.h"

namespace octavo::sim::text {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::unique_ptr<Tokenizer> bytes() { return make_tokenizer(byte_vocabulary(), "bytes"); }

template <class Work>
std::string error_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string parse_error(const std::string& content) {
  return error_of([&] { parse_labelled_text(content, "file.tsv"); });
}

TEST(LabelledText, ReadsLines) {
  const std::vector<LabelledText> expected{{"A", "one"}, {"B", "two words"}, {"A", "three"}};
  EXPECT_EQ(parse_labelled_text("A\tone\r\n\nB\ttwo words\nA\tthree", "file.tsv"), expected);
}

TEST(LabelledText, NamesTheLineItRefuses) {
  EXPECT_THAT(parse_error("A\tone\nB two\n"), AllOf(HasSubstr("file.tsv:2"), HasSubstr("no tab")));
  EXPECT_THAT(parse_error("A\tone\ttwo\n"), HasSubstr("more than one tab"));
  EXPECT_THAT(parse_error("\n\n\tone\n"), AllOf(HasSubstr("file.tsv:3"), HasSubstr("label is empty")));
  EXPECT_THAT(parse_error("A\t\n"), HasSubstr("text is empty"));
  EXPECT_THAT(parse_error("A\tone\nA\ttwo\n"), HasSubstr("two labels"));
  EXPECT_THAT(parse_error(""), HasSubstr("two labels"));
}

TEST(LabelledText, ScoresTheLastPositionAgainstTheLabel) {
  const auto windows = label_windows({{"A", "xyz"}, {"B", "vwxyz"}}, *bytes(), 4, "file.tsv");
  ASSERT_EQ(windows.size(), 2U);
  EXPECT_EQ(windows[0].input, (std::vector<std::int32_t>{'x', 'y', 'z'}));
  EXPECT_EQ(windows[0].target, (std::vector<std::int32_t>{nn::kNotScored, nn::kNotScored, 'A'}));
  EXPECT_EQ(windows[1].input, (std::vector<std::int32_t>{'v', 'w', 'x', 'y'}));
  EXPECT_EQ(windows[1].target.back(), 'B');
}

TEST(LabelledText, RefusesLabelsThatAreNotOneToken) {
  EXPECT_THAT(error_of([] {
                label_windows({{"AB", "x"}, {"B", "y"}}, *bytes(), 4, "file.tsv");
              }),
              AllOf(HasSubstr("file.tsv"), HasSubstr("2 tokens")));
}

TEST(LabelledText, ControlCharactersStayOutOfMessages) {
  EXPECT_EQ(error_of([] {
              label_windows({{"\x1b\nB", "x"}, {"B", "y"}}, *bytes(), 4, "f");
            }).find('\n'),
            std::string::npos);
}

}  // namespace
}  // namespace octavo::sim::text
