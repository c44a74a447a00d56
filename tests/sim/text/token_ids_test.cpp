// Token ids from .npy files: types, shapes, ranges.
#include "sim/text/token_ids.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "messages/error.h"

namespace octavo::sim::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
std::string npy(std::string_view type, std::string_view shape, const std::vector<T>& values, bool wide = false,
                std::string_view order = "False") {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", type, order, shape);
  header.append(63 - (header.size() + 10) % 64, ' ') += '\n';
  std::string bytes = wide ? std::string("\x93NUMPY\x02\x00", 8) : std::string("\x93NUMPY\x01\x00", 8);
  for (int i = 0; i < (wide ? 4 : 2); ++i) bytes.push_back(static_cast<char>(header.size() >> 8 * i));
  bytes += header;
  return bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

std::string message(const std::string& bytes) {
  try {
    parse_token_ids(bytes, 10, "ids.npy");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TokenIds, ReadsTypesAndShapes) {
  using I4 = std::vector<std::int32_t>;
  EXPECT_THAT(parse_token_ids(npy("<i4", "(3,)", I4{1, 2, 9}), 10, "x"), ElementsAre(Document{1, 2, 9}));
  EXPECT_THAT(parse_token_ids(npy("<i4", "(2, 2)", I4{1, 2, 3, 4}, true), 10, "x"),
              ElementsAre(Document{1, 2}, Document{3, 4}));
  EXPECT_THAT(parse_token_ids(npy("<i8", "(2,)", std::vector<std::int64_t>{0, 5}), 10, "x"),
              ElementsAre(Document{0, 5}));
  EXPECT_THAT(parse_token_ids(npy("<u2", "(1, 2)", std::vector<std::uint16_t>{65535, 5}), 65536, "x"),
              ElementsAre(Document{65535, 5}));
}

template <class T>
void expect_read(std::string_view type) {
  EXPECT_THAT(parse_token_ids(npy(type, "(3,)", std::vector<T>{0, 5, 9}), 10, "x"), ElementsAre(Document{0, 5, 9}))
      << type;
  EXPECT_THAT(message(npy(type, "(2,)", std::vector<T>{9, 10})), HasSubstr("element 1 is 10")) << type;
  if (std::is_signed_v<T>) {
    EXPECT_THAT(message(npy(type, "(1,)", std::vector<T>{static_cast<T>(-1)})), HasSubstr("element 0 is -1")) << type;
  }
}

TEST(TokenIds, ReadsEveryIntegerType) {
  expect_read<std::int8_t>("|i1");
  expect_read<std::uint8_t>("|u1");
  expect_read<std::int16_t>("<i2");
  expect_read<std::uint16_t>("<u2");
  expect_read<std::int32_t>("<i4");
  expect_read<std::uint32_t>("<u4");
  expect_read<std::int64_t>("<i8");
  expect_read<std::uint64_t>("<u8");
  EXPECT_THAT(message(npy("<u8", "(1,)", std::vector<std::uint64_t>{~0ULL})),
              HasSubstr("element 0 is 18446744073709551615"));
  EXPECT_THAT(message(npy("<u4", "(1,)", std::vector<std::uint32_t>{~0U})), HasSubstr("element 0 is 4294967295"));
  EXPECT_THAT(message(npy("|b1", "(1,)", std::vector<std::uint8_t>{1})), HasSubstr("its elements are b1"));
}

TEST(TokenIds, RefusesIdsOutsideTheVocabulary) {
  EXPECT_THAT(message(npy("<i4", "(2,)", std::vector<std::int32_t>{1, 10})),
              HasSubstr("ids.npy: element 1 is 10, which is no token of the model's 10"));
  EXPECT_THAT(message(npy("<i4", "(2,)", std::vector<std::int32_t>{-1, 1})), HasSubstr("element 0 is -1"));
  EXPECT_THAT(message(npy("<i8", "(1,)", std::vector<std::int64_t>{1LL << 32})), HasSubstr("element 0 is 4294967296"));
}

TEST(TokenIds, RefusesOtherFiles) {
  const std::vector<std::int32_t> four{1, 2, 3, 4};
  EXPECT_THAT(message("ids"), HasSubstr("is no .npy file"));
  EXPECT_THAT(message(npy("<f4", "(4,)", four)), HasSubstr("its elements are f4"));
  EXPECT_THAT(message(npy(">i4", "(4,)", four)), HasSubstr("its elements are big-endian"));
  EXPECT_THAT(message(npy("<i4", "(2, 2)", four, false, "True")), HasSubstr("not in C order"));
  EXPECT_THAT(message(npy("<i4", "()", std::vector<std::int32_t>{1})), HasSubstr("neither one nor two dimensions"));
  EXPECT_THAT(message(npy("<i4", "(0,)", std::vector<std::int32_t>{})), HasSubstr("is empty"));
  EXPECT_THAT(message(npy("<i4", "(1, 2, 2)", four)), HasSubstr("neither one nor two dimensions"));
  EXPECT_THAT(message(npy("<i4", "(-4,)", four)), HasSubstr("no proper shape"));
  EXPECT_THAT(message(npy("<i4", "(99999999999999999999,)", four)), HasSubstr("no proper shape"));
  for (const char* shape :
       {"(5,)", "(3,)", "(0,)", "(0, 4)", "(4, 0)", "(2, 3)", "(4611686018427387904, 4)", "(4294967296, 4294967297)"}) {
    EXPECT_THAT(message(npy("<i4", shape, four)), HasSubstr("where its shape")) << shape;
  }
  const std::string whole = npy("<i4", "(4,)", four);
  EXPECT_EQ(message(whole), "accepted");
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_NE(message(whole.substr(0, length)), "accepted");
}

}  // namespace
}  // namespace octavo::sim::text
