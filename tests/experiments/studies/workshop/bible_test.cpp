// Verses from what the program bible prints.
#include "experiments/studies/workshop/bible.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "messages/error.h"

namespace octavo::experiments::studies {
namespace {

TEST(Bible, ReadsVersesAndTheirPart) {
  const auto verses = parse_verses(
      "Ge1:1 In the beginning\n2Chr3:4 And the porch\nJob1:1 There was\n1Jn5:21 Amen.\nMat1:1 The book\n1Jn5:21 "
      "Amen.\n");
  ASSERT_EQ(verses.size(), 6U);
  EXPECT_EQ(verses[0].text, "In the beginning");
  std::string parts;
  for (const Verse& verse : verses) parts += verse.part;
  EXPECT_EQ(parts, "LLPPNN");
}

TEST(Bible, RefusesOtherLines) {
  for (const char* lines : {"In the beginning\n", "Ge1:1\n", "Ge1:1 \n", "\n", "Ge 1:1 In\n"}) try {
      parse_verses(lines);
      ADD_FAILURE() << "accepted " << lines;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("which is no verse")) << lines;
    }
}

TEST(Bible, HasAllVersesWhereTheProgramIs) {
  std::vector<Verse> verses;
  try {
    verses = bible();
  } catch (const Error&) {
    GTEST_SKIP() << "needs bible-kjv";
  }
  EXPECT_EQ(verses.size(), 31102U);
  EXPECT_EQ(std::count_if(verses.begin(), verses.end(), [](const Verse& verse) { return verse.part == 'N'; }), 7957);
}

}  // namespace
}  // namespace octavo::experiments::studies
