// Tables that fit a terminal.
#include "experiments/printed/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace octavo::experiments::printed {
namespace {

/// The widest line.
std::size_t width(const std::string& text) {
  std::istringstream in(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(in, line);) widest = std::max(widest, characters(line));
  return widest;
}

TEST(TextTable, IsAsWideAsItsCells) {
  EXPECT_EQ(text_table({{"name", true}, {"bits"}}, {{"e4m3", "8"}, {"binary8p3se", "10"}}, 2),
            "  name         bits\n"
            "  e4m3            8\n"
            "  binary8p3se    10\n");
  EXPECT_EQ(text_table({{"a", true}, {"empty"}, {"b"}}, {{"x", "", "1"}}), "a  b\nx  1\n");
  EXPECT_EQ(text_table({{"a", true}}, {{"\xe2\x88\x9e"}}), "a\n\xe2\x88\x9e\n");
}

TEST(TextTable, LeavesOutTheLastThatMayGoAndSaysSo) {
  const std::string wide(30, 'x');
  EXPECT_EQ(text_table({{"a", true}, {"b", false, Fit::may_go}, {"c"}, {"d", false, Fit::may_go}},
                       {{wide, wide, "1", wide}}, 0, "in --json"),
            "a                                                            b  c\n" + wide + "  " + wide +
                "  1\nleft out: d (in --json)\n");
}

TEST(TextTable, CutsAndWrapsWhatIsToo) {
  const std::string wide(100, 'x');
  const std::string cut = text_table({{"a", true, Fit::shortens}, {"b"}}, {{wide, "1"}});
  EXPECT_EQ(width(cut), kWidth);
  EXPECT_NE(cut.find("x...  1\n"), std::string::npos);
  const std::string words = "eight words that go on in the lines below " + std::string(60, 'y');
  const std::string folded =
      text_table({{"name", true}, {"about", true, Fit::wraps}}, {{"e4m3", words}, {"e5m2", "z"}});
  EXPECT_LE(width(folded), kWidth);
  EXPECT_NE(folded.find("\n      " + std::string(60, 'y') + "\ne5m2  z\n"), std::string::npos) << folded;
}

TEST(TextTable, WrapsText) {
  EXPECT_EQ(wrapped("a bc def", 5, 1), "a bc\n def");
  EXPECT_EQ(wrapped("short", 80, 2), "short");
  EXPECT_LE(width(wrapped(std::string(300, 'x'), 80, 4)), 80U);
  EXPECT_EQ(wrapped("", 10), "");
}

}  // namespace
}  // namespace octavo::experiments::printed
