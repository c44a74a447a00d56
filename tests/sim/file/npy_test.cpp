// .npy files: what loads, what is listed, what is refused.
#include "sim/file/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "messages/error.h"
#include "tests/sim/file/file_bytes.h"
#include "tests/sim/file/npy_writer.h"

namespace octavo::sim::file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string message(const std::string& bytes) {
  try {
    Npy(in_memory(bytes, "w.npy"));
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Npy, LoadsFloats) {
  const Npy file(in_memory(npy_bytes<float>("<f4", "(2, 3)", {1, -2, 3, 4, 5, 0.5F}), "folder/w.x.npy"));
  ASSERT_EQ(file.tensors().size(), 1U);
  EXPECT_EQ(file.tensors()[0].name, "w.x");
  EXPECT_EQ(file.tensors()[0].dtype, "f4");
  EXPECT_THAT(file.tensors()[0].shape, ElementsAre(2, 3));
  const Tensor tensor = file.load("w.x");
  EXPECT_THAT(tensor.shape, ElementsAre(2, 3));
  EXPECT_THAT(tensor.values, ElementsAre(1, -2, 3, 4, 5, 0.5F));
  EXPECT_EQ(file.header().size() % 64, 0U);
}

TEST(Npy, WidensHalvesAndRoundsDoubles) {
  const Npy halves(in_memory(npy_bytes<std::uint16_t>("<f2", "(3,)", {0x3c00, 0xc000, 0x0001}), "h.npy"));
  EXPECT_THAT(halves.load("h").values, ElementsAre(1.0F, -2.0F, 0x1p-24F));
  const Npy doubles(in_memory(npy_bytes<double>("<f8", "(3,)", {0.1, 1e300, -0.0}), "d.npy"));
  EXPECT_THAT(doubles.load("d").values, ElementsAre(0.1F, std::numeric_limits<float>::infinity(), -0.0F));
}

TEST(Npy, LoadsEveryShape) {
  EXPECT_THAT(Npy(in_memory(npy_bytes<float>("<f4", "()", {7}), "s.npy")).load("s").values, ElementsAre(7));
  EXPECT_TRUE(Npy(in_memory(npy_bytes<float>("<f4", "(0, 3)", {}), "e.npy")).load("e").empty());
  EXPECT_TRUE(Npy(in_memory(npy_bytes<double>("<f8", "(0,)", {}), "e.npy")).load("e").empty());
}

TEST(Npy, ListsOtherTypesAndRefusesToLoadThem) {
  const Npy file(in_memory(npy_bytes<std::int32_t>("<i4", "(2,)", {1, 2}), "i.npy"));
  EXPECT_EQ(file.tensors()[0].dtype, "i4");
  try {
    file.load("i");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("its elements are i4; only float16, float32 and float64"));
  }
}

TEST(Npy, RefusesWhatItCannotRead) {
  const std::vector<float> four{1, 2, 3, 4};
  EXPECT_THAT(message("numbers"), HasSubstr("'w.npy': is no .npy file"));
  EXPECT_THAT(message(npy_bytes(">f4", "(4,)", four)), HasSubstr("big-endian; save a.astype('<f4')"));
  EXPECT_THAT(message(npy_bytes("<f4", "(2, 2)", four, "True")), HasSubstr("not in C order"));
  for (const char* type : {"|O", "<U4", "<f", "<f0", "<f-4", "<f99", "", "<f4\n"})
    EXPECT_THAT(message(npy_bytes(type, "(4,)", four)), HasSubstr("only plain numbers are read")) << type;
  for (const char* shape : {"", "4", "(4", "(-4,)", "(a,)", "( 4,)", "(9223372036854775808,)"})
    EXPECT_THAT(message(npy_bytes("<f4", shape, four)), HasSubstr("no proper shape")) << shape;
  for (const char* shape : {"(3,)", "(5,)", "()", "(0,)", "(4611686018427387904,)", "(4611686018427387904, 4)",
                            "(4294967296, 4294967297)", "(2305843009213693952, 2)"})
    EXPECT_THAT(message(npy_bytes("<f4", shape, four)), HasSubstr("holds 16 bytes where its shape")) << shape;
}

TEST(Npy, RefusesEveryTruncation) {
  const std::string whole = npy_bytes<float>("<f4", "(2, 2)", {1, 2, 3, 4});
  EXPECT_EQ(message(whole), "accepted");
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(message(whole.substr(0, length)), "accepted") << length;
}

TEST(Npy, MessagesStayOnOneLine) {
  for (const char byte : {'\n', '\0', '\x1b', '\xff'}) {
    const std::string whole = npy_bytes<float>("<f4", "(2, 2)", {1, 2, 3, 4});
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = byte;
      const std::string text = message(damaged);
      EXPECT_EQ(text.find_first_of("\n\x1b"), text.npos) << text;
    }
  }
}

}  // namespace
}  // namespace octavo::sim::file
