// gzip: members, damage, limits.
#include "sim/text/gunzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"
#include "tests/sim/text/gzip_bytes.h"

namespace octavo::sim::text {
namespace {

using testing::HasSubstr;

std::string message(const std::string& bytes, std::uint64_t longest = kLongestText) {
  try {
    gunzip(bytes, "a.gz", longest);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Gunzip, MembersFollowEachOther) {
  EXPECT_TRUE(is_gzip(kOneGz));
  EXPECT_FALSE(is_gzip("one"));
  EXPECT_EQ(gunzip(kOneGz, "a.gz"), "one\n");
  EXPECT_EQ(gunzip(std::string(kOneGz) + std::string(kTwoGz), "a.gz"), "one\ntwo\n");
}

TEST(Gunzip, RefusesDamage) {
  const std::string whole = std::string(kOneGz) + std::string(kTwoGz);
  for (std::size_t length = 2; length < whole.size(); ++length) {
    if (length == kOneGz.size()) continue;
    EXPECT_THAT(message(whole.substr(0, length)), HasSubstr("a.gz: is gzip, but damaged or cut short")) << length;
  }
  EXPECT_THAT(message(std::string(kOneGz) + "rest"), HasSubstr("damaged"));
  std::string flipped(kOneGz);
  flipped[flipped.size() - 5] ^= 1;  // the checksum
  EXPECT_THAT(message(flipped), HasSubstr("damaged"));
  EXPECT_THAT(message(whole, 7), HasSubstr("more than 7 bytes"));
  EXPECT_EQ(message(whole, 8), "accepted");
}

}  // namespace
}  // namespace octavo::sim::text
