// GGUF containers: what they hold, and everything that can be wrong with one.
#include "sim/file/gguf/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/file/file_writers.h"
#include "tests/sim/file/gguf/gguf_writer.h"

namespace octavo::sim::file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::uint64_t huge = std::uint64_t{1} << 63;

auto open_bytes(std::string bytes) {
  return [bytes = std::move(bytes)] { Gguf file(in_memory(bytes)); };
}

GgufWriter two_tensors() {
  GgufWriter writer;
  writer.text("general.name", "two").number("n", 7u);
  writer.floats("a", {2, 3}, {1, 2, 3, 4, 5, 6});
  writer.tensor("b", {2}, 30, std::string("\x80\x3f\x00\xc0", 4));
  return writer;
}

TEST(Gguf, TensorsAndTheirValues) {
  for (const std::uint32_t version : {2u, 3u}) {
    const Gguf file(in_memory(two_tensors().file(version)));
    ASSERT_THAT(file.tensors(), SizeIs(2));
    EXPECT_EQ(file.tensors()[0].dtype, "F32");
    EXPECT_EQ(file.tensors()[1].dtype, "BF16");
    const Tensor a = file.load("a");
    EXPECT_THAT(a.shape, ElementsAre(2, 3));
    EXPECT_THAT(a.values, ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(file.load("b").values, ElementsAre(1, -2));
    EXPECT_EQ(file.header().size(), two_tensors().header(version).size());
    EXPECT_THAT([&] { file.load("c"); }, throws_one_line(HasSubstr("no tensor 'c'")));
  }
}

TEST(Gguf, MetadataOfEveryType) {
  GgufWriter writer;
  const auto bytes = [](auto value) { return GgufWriter::as_bytes(value); };
  writer.pair("u8", 0, bytes(std::uint8_t{200})).pair("i8", 1, bytes(std::int8_t{-3}));
  writer.pair("u16", 2, bytes(std::uint16_t{60000})).pair("i16", 3, bytes(std::int16_t{-300}));
  writer.number("u32", 4000000000u).pair("i32", 5, bytes(std::int32_t{-70000}));
  writer.pair("u64", 10, bytes(std::uint64_t{1} << 40)).pair("i64", 11, bytes(std::int64_t{-1} << 40));
  writer.pair("huge", 10, bytes(huge)).pair("f64", 12, bytes(0.1)).number("f32", 0.5f);
  writer.boolean("yes", true).boolean("no", false).text("text", "words").texts("texts", {"a", "", "bc"});
  writer.numbers<std::int32_t>("ints", 5, {1, -2}).numbers<float>("floats", 6, {0.5f});
  // An array of arrays, which no getter gives but every reader must step over.
  writer.pair("nested", 9, bytes(9u) + bytes(std::uint64_t{1}) + bytes(0u) + bytes(std::uint64_t{2}) + "xy");
  const Gguf file(in_memory(writer.file()));
  const GgufMetadata& metadata = file.metadata();
  EXPECT_EQ(metadata.integer("u8"), 200);
  EXPECT_EQ(metadata.integer("i8"), -3);
  EXPECT_EQ(metadata.integer("u16"), 60000);
  EXPECT_EQ(metadata.integer("i16"), -300);
  EXPECT_EQ(metadata.integer("u32"), 4000000000);
  EXPECT_EQ(metadata.integer("i32"), -70000);
  EXPECT_EQ(metadata.integer("u64"), std::int64_t{1} << 40);
  EXPECT_EQ(metadata.integer("i64"), std::int64_t{-1} << 40);
  EXPECT_EQ(metadata.number("f64"), 0.1);
  EXPECT_EQ(metadata.number("f32"), 0.5);
  EXPECT_EQ(metadata.number("i8"), -3.0);
  EXPECT_EQ(metadata.boolean("yes"), true);
  EXPECT_EQ(metadata.boolean("no"), false);
  EXPECT_EQ(metadata.text("text"), "words");
  EXPECT_THAT(metadata.texts("texts"), ElementsAre("a", "", "bc"));
  EXPECT_THAT(metadata.integers("ints"), ElementsAre(1, -2));
  EXPECT_THAT(metadata.floats("floats"), ElementsAre(0.5f));
  EXPECT_TRUE(metadata.contains("nested"));
  EXPECT_EQ(metadata.integer("none"), std::nullopt);
  EXPECT_TRUE(metadata.texts("none").empty());
  EXPECT_THAT([&] { metadata.required_integer("none"); }, throws_one_line(HasSubstr("'none' is missing")));
  EXPECT_THAT([&] { metadata.integer("text"); }, throws_one_line(HasSubstr("not an integer")));
  EXPECT_THAT([&] { metadata.integer("huge"); }, throws_one_line(HasSubstr("too large")));
  EXPECT_THAT([&] { metadata.text("u8"); }, throws_one_line(HasSubstr("not text")));
  EXPECT_THAT([&] { metadata.boolean("u8"); }, throws_one_line(HasSubstr("not true or false")));
  EXPECT_THAT([&] { metadata.integers("u8"); }, throws_one_line(HasSubstr("not an array")));
  EXPECT_THAT([&] { metadata.integers("texts"); }, throws_one_line(HasSubstr("not an integer")));
  EXPECT_THAT([&] { metadata.integers("nested"); }, throws_one_line(HasSubstr("not an integer")));
  EXPECT_THAT([&] { metadata.texts("ints"); }, throws_one_line(HasSubstr("not an array of texts")));
}

TEST(Gguf, AlignmentIsTheFilesOwn) {
  GgufWriter writer;
  writer.number("general.alignment", 8u).floats("a", {1}, {3});
  std::string bytes = writer.header();
  bytes.resize((bytes.size() + 7) / 8 * 8);
  append(bytes, 3.0f);
  EXPECT_THAT(Gguf(in_memory(bytes)).load("a").values, ElementsAre(3));
  for (const std::uint32_t alignment : {0u, 3u, 0x80000000u}) {
    EXPECT_THAT(open_bytes(GgufWriter().number("general.alignment", alignment).file()),
                throws_one_line(HasSubstr("power of two")));
  }
}

TEST(Gguf, EveryTruncationIsRefused) {
  const std::string whole = two_tensors().file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(open_bytes(whole.substr(0, size)), throws_one_line(HasSubstr("truncated or damaged"))) << size;
  }
}

TEST(Gguf, EveryFlippedHeaderBitIsRefusedOrHarmless) {
  const std::string whole = two_tensors().file();
  for (std::size_t bit = 0; bit < two_tensors().header().size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(read_or_one_line_error([&] {
      const Gguf file(in_memory(damaged));
      for (const TensorInfo& info : file.tensors()) file.load(info.name);
    })) << "bit "
        << bit;
  }
}

TEST(Gguf, OtherFilesAndVersionsAreRefused) {
  EXPECT_THAT(open_bytes("GGML....................."),
              throws_one_line(HasSubstr("does not begin with GGUF's magic number")));
  EXPECT_THAT(open_bytes(two_tensors().file(1)), throws_one_line(HasSubstr("GGUF version 1 is not read")));
  EXPECT_THAT(open_bytes(two_tensors().file(0x03000000)), throws_one_line(HasSubstr("the file is big-endian")));
  GgufWriter split;
  split.number("split.count", 2u);
  EXPECT_THAT(open_bytes(split.file()),
              throws_one_line(HasSubstr("split over several GGUF files is not read; merge it")));
}

TEST(Gguf, LyingCountsAndLengthsAreRefused) {
  const auto bytes = [](auto value) { return GgufWriter::as_bytes(value); };
  const std::string start = "GGUF" + bytes(3u);
  const std::uint64_t none = 0, one = 1;
  EXPECT_THAT(open_bytes(start + bytes(huge) + bytes(none)), throws_one_line(HasSubstr("a tensor's name at byte")));
  EXPECT_THAT(open_bytes(start + bytes(none) + bytes(huge)), throws_one_line(HasSubstr("a metadata key at byte")));
  EXPECT_THAT(open_bytes(start + bytes(none) + bytes(one) + bytes(huge) + "key"),
              throws_one_line(HasSubstr("asks for")));
  const std::string key = start + bytes(none) + bytes(one) + GgufWriter::as_text("k");
  EXPECT_THAT(open_bytes(key + bytes(8u) + bytes(~none)), throws_one_line(HasSubstr("asks for")));
  EXPECT_THAT(open_bytes(key + bytes(9u) + bytes(11u) + bytes(huge / 4)), throws_one_line(HasSubstr("asks for")));
  EXPECT_THAT(open_bytes(key + bytes(9u) + bytes(8u) + bytes(huge)), throws_one_line(HasSubstr("asks for")));
  EXPECT_THAT(open_bytes(key + bytes(13u)), throws_one_line(HasSubstr("metadata type 13 at byte")));
  std::string deep = key + bytes(9u);
  for (int i = 0; i < 1000; ++i) deep += bytes(9u) + bytes(one);
  EXPECT_THAT(open_bytes(deep), throws_one_line(HasSubstr("are nested more than 4 deep")));
}

TEST(Gguf, WrongTensorListsAreRefused) {
  const std::string four(4, '\0'), sixteen(16, '\0');
  const auto refused = [](const GgufWriter& writer, const std::string& why) {
    EXPECT_THAT(open_bytes(writer.file()), throws_one_line(HasSubstr(why)));
  };
  const std::int64_t large = std::int64_t{1} << 62;
  refused(GgufWriter().tensor("x", {1}, 16, four), "IQ2_XXS, which is not read");
  refused(GgufWriter().tensor("x", {1}, 77, four), "is of type number 77, which is not read");
  refused(GgufWriter().tensor("x", {1, 1, 1, 1, 1}, 0, four), "has 5 dimensions");
  refused(GgufWriter().tensor("x", {}, 0, four), "has 0 dimensions");
  refused(GgufWriter().tensor("x", {-1}, 0, four), "a shape that F32 cannot have");
  refused(GgufWriter().tensor("x", {large, 4}, 0, four), "a shape that F32 cannot have");
  refused(GgufWriter().tensor("x", {large, 1}, 0, four), "a shape that F32 cannot have");
  refused(GgufWriter().tensor("x", {16}, 3, sixteen), "a shape that Q4_1 cannot have");
  refused(GgufWriter().tensor("x", {2}, 0, four), "reaches beyond the end of the file");
  refused(GgufWriter().tensor("x", {1}, 0, four, 32), "reaches beyond the end of the file");
  refused(GgufWriter().tensor("x", {1}, 0, four, large), "reaches beyond the end of the file");
  refused(GgufWriter().tensor("x", {1}, 0, sixteen, 4), "is not aligned to 32 bytes");
  refused(GgufWriter().tensor("x", {1}, 0, four).tensor("y", {1}, 0, four, 0), "overlaps another one");
  refused(GgufWriter().tensor("x", {1}, 0, four).tensor("x", {1}, 0, four), "two tensors are named 'x'");
  refused(GgufWriter().tensor("x\ny", {1}, 77, four), "'x\\x0ay'");
  refused(GgufWriter().number("k", 1u).number("k", 1u), "'k' is there twice");
}

}  // namespace
}  // namespace octavo::sim::file
