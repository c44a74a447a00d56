// Typed reading of JSON's keys: what counts as a whole number, and what is refused.
#include "sim/file/json_file.h"

#include <gtest/gtest.h>

#include "tests/sim/file/file_writers.h"

namespace octavo::sim::file {
namespace {

using testing::HasSubstr;

std::optional<std::int64_t> integer(const std::string& value) {
  const std::string where = "x.json";
  const nlohmann::json json = parse_json("{\"n\": " + value + "}", where);
  return JsonObject(json, where).integer("n");
}

TEST(JsonFile, WholeNumbersMayHaveAPoint) {
  EXPECT_EQ(integer("64"), 64);
  EXPECT_EQ(integer("64.0"), 64);
  EXPECT_EQ(integer("6.4e1"), 64);
  EXPECT_EQ(integer("-0.0"), 0);
  EXPECT_EQ(integer("9007199254740992.0"), std::int64_t{1} << 53);
  EXPECT_EQ(integer("null"), std::nullopt);
}

TEST(JsonFile, WhatIsNoWholeNumberIsRefused) {
  const auto refused = [](const std::string& value, const std::string& why) {
    EXPECT_THAT([&] { integer(value); }, throws_one_line(HasSubstr("'x.json': key 'n' " + why))) << value;
  };
  refused("64.5", "is not an integer");
  refused("1e-300", "is not an integer");
  refused("\"64\"", "is not an integer");
  refused("9007199254740994.0", "is too large");  // beyond 2^53 a double no longer says which integer was meant
  refused("-1e300", "is too large");
  refused("9223372036854775808", "is too large");
}

}  // namespace
}  // namespace octavo::sim::file
