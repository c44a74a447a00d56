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

std::string load_message(const std::string& type, std::size_t bytes) {
  const Npy file(in_memory(npy_bytes(type, "(2,)", std::vector<char>(2 * bytes)), "w.npy"));
  EXPECT_FALSE(file.loads(file.tensors()[0])) << type;
  try {
    file.load("w");
  } catch (const Error& error) {
    return error.what();
  }
  return "loaded";
}

// As numpy.save of ml_dtypes 0.6.0's types writes them; the values by ml_dtypes too.
TEST(Npy, ReadsWhatMlDtypesTypesCanBeTold) {
  const Npy brain(in_memory(npy_bytes<std::uint16_t>("<V2", "(3,)", {0x3f80, 0xc049, 0x0001}), "b.npy"));
  EXPECT_EQ(brain.tensors()[0].dtype, "bfloat16");
  EXPECT_THAT(brain.load("b").values, ElementsAre(1.0F, -3.140625F, 0x1p-133F));
  const Npy small(in_memory(npy_bytes<std::uint8_t>("<f1", "(4,)", {0x3c, 0xc1, 0x01, 0xfb}), "s.npy"));
  EXPECT_EQ(small.tensors()[0].dtype, "float8_e5m2");
  EXPECT_THAT(small.load("s").values, ElementsAre(1.0F, -2.5F, 0x1p-16F, -57344.0F));
  for (const char* const type : {"<V1", "|V1"}) {
    const Npy codes(in_memory(npy_bytes<std::uint8_t>(type, "(2,)", {0x38, 0xb8}), "c.npy"));
    EXPECT_EQ(codes.tensors()[0].dtype, "V1");
    EXPECT_EQ(codes.stored("c")[1], std::byte{0xb8});
    EXPECT_THAT(load_message(type, 1), HasSubstr("of one byte, of a type that NumPy writes without a name"));
  }
  EXPECT_THAT(load_message("|V2", 2), HasSubstr("its elements are V2; only float16"));  // bytes without a meaning
  EXPECT_THAT(load_message("<f16", 16), HasSubstr("its elements are f16; only float16"));
}

TEST(Npy, QuotesTheDtypeAlone) {
  const auto fields = [](const std::string& descr) {
    std::string bytes = npy_bytes<float>("<f4", "(1,)", {1});
    const std::string old = "'<f4'";
    bytes.replace(bytes.find(old), old.size(), descr);
    bytes[8] = static_cast<char>(bytes[8] + static_cast<char>(descr.size() - old.size()));
    return message(bytes);
  };
  EXPECT_EQ(fields("[('a', '<f4'), ('b', '<V2')]"),
            "'w.npy': its elements are '[('a', '<f4'), ('b', '<V2')]'; only plain numbers are read: save one field, "
            "a['name'], in place of a");
  EXPECT_THAT(fields("[('a', [('b', '<f4')])]"), HasSubstr("are '[('a', [('b', '<f4')])]';"));
  EXPECT_EQ(message(npy_bytes<float>("|O", "(1,)", {1})),
            "'w.npy': its elements are '|O'; only plain numbers are read: save a.astype(numpy.float32)");
  EXPECT_THAT(message(npy_bytes<std::uint16_t>(">V2", "(1,)", {1})),
              HasSubstr("big-endian; save a.astype(numpy.float32)"));
}

TEST(Npy, ListsOtherTypesAndRefusesToLoadThem) {
  const Npy file(in_memory(npy_bytes<std::int32_t>("<i4", "(2,)", {1, 2}), "i.npy"));
  EXPECT_EQ(file.tensors()[0].dtype, "i4");
  try {
    file.load("i");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("its elements are i4; only float16, bfloat16, float32, float64"));
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
