// Results that a launch left alone are told from those that happen to be what the memory held before.
#include "cuda/written.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace octavo::cuda {
namespace {

using testing::HasSubstr;

TEST(Written, ReturnsWhatWasWritten) {
  int launches = 0;
  const auto values = written(
      "a kernel",
      [&](std::uint8_t) {
        ++launches;
        return std::vector<std::uint32_t>{1, 0, 0xFFFFFFFFu};
      },
      4);
  EXPECT_EQ(values, (std::vector<std::uint32_t>{1, 0, 0xFFFFFFFFu}));
  EXPECT_EQ(launches, 1);
}

TEST(Written, AResultMayBeThePoison) {
  const std::vector<std::uint8_t> bytes{kPoison, 7, kOtherPoison};
  EXPECT_EQ(written(
                "a kernel", [&](std::uint8_t) { return bytes; }, 1),
            bytes);
  const std::vector<std::uint32_t> narrow{kPoison, kPoison * 0x0101u};  // codes of 8 bits in words
  EXPECT_EQ(written(
                "a kernel", [&](std::uint8_t) { return narrow; }, 1),
            narrow);
}

template <class T>
std::string message(std::vector<T> values, std::size_t written_up_to, std::size_t bytes) {
  try {
    written(
        "wgmma",
        [&](std::uint8_t poison) {
          std::vector<T> results = values;
          for (std::size_t i = written_up_to; i < results.size(); ++i) {
            results[i] = 0;
            for (std::size_t byte = 0; byte < bytes; ++byte)
              results[i] = static_cast<T>(results[i] | T{poison} << (8 * byte));
          }
          return results;
        },
        bytes);
  } catch (const NeverWritten& error) {
    return error.what();
  }
  return "no error";
}

TEST(Written, ResultsLeftAloneAreCountedForEveryWidth) {
  const std::string expected = "wgmma left 2 of 5 results unwritten, the first is number 3";
  EXPECT_EQ(message<std::uint32_t>({1, 2, 3, 4, 5}, 3, 4), expected);
  EXPECT_EQ(message<std::uint32_t>({1, 2, 3, 4, 5}, 3, 2), expected);
  EXPECT_EQ(message<std::uint8_t>({1, kPoison, 3, 4, 5}, 3, 1), expected);
  EXPECT_EQ(message<std::uint8_t>({1, 2, 3, 4, 5}, 5, 1), "no error");
}

}  // namespace
}  // namespace octavo::cuda
