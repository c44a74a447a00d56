// safetensors: round trips, shards, a sparse 14 GB file, and everything that can be wrong with one.
#include "sim/file/safetensors/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/sim/file/file_writers.h"
#include "tests/sim/file/safetensors/safetensors_writer.h"

namespace octavo::sim::file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

auto open_bytes(std::string bytes) {
  return [bytes = std::move(bytes)] { Safetensors file(in_memory(bytes)); };
}

auto open_header(const std::string& json, const std::string& data = "") {
  return open_bytes(safetensors_bytes(json, data));
}

SafetensorsWriter several() {
  SafetensorsWriter writer;
  writer.floats("b", {2, 3}, {1, 2, 3, 4, 5, 6});
  writer.tensor("a", "BF16", {2}, std::string("\x80\x3f\x00\xc0", 4));
  writer.tensor("h", "F16", {1, 1}, std::string("\x01\x00", 2));
  writer.tensor("ids", "U8", {2}, "xy");
  writer.tensor("none", "F32", {0, 5}, "");
  writer.tensor("scalar", "F64", {}, std::string("\0\0\0\0\0\0\xf8\x3f", 8));
  return writer;
}

TEST(Safetensors, TensorsAndTheirValues) {
  const Safetensors file(in_memory(several().file()));
  ASSERT_THAT(file.tensors(), SizeIs(6));
  EXPECT_EQ(file.tensors()[0].name, "b");
  EXPECT_EQ(file.tensors()[1].name, "a");
  const Tensor b = file.load("b");
  EXPECT_THAT(b.shape, ElementsAre(2, 3));
  EXPECT_THAT(b.values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(file.load("a").values, ElementsAre(1, -2));
  EXPECT_THAT(file.load("h").values, ElementsAre(0x1p-24f));
  EXPECT_THAT(file.load("scalar").values, ElementsAre(1.5));
  EXPECT_TRUE(file.load("none").values.empty());
  EXPECT_EQ(file.find("ids")->dtype, "U8");
  EXPECT_EQ(file.header(), several().json());
  EXPECT_EQ(file.size(), several().file().size());
  EXPECT_THAT([&] { file.load("ids"); }, throws_one_line(HasSubstr("'ids' is of type U8")));
  EXPECT_THAT([&] { file.load("c"); }, throws_one_line(HasSubstr("no tensor 'c'")));
}

TEST(Safetensors, AlignedF32IsAViewAndUnalignedIsRight) {
  const std::string values("\0\0\x80\x3f", 4);
  const auto load = [&](const std::string& padding) {
    const FileBytes bytes =
        in_memory(safetensors_bytes(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})" + padding, values));
    const Tensor x = Safetensors(bytes).load("x");
    EXPECT_THAT(x.values, ElementsAre(1));
    return reinterpret_cast<const std::byte*>(x.values.data()) == bytes.bytes.last(4).data();
  };
  EXPECT_TRUE(load("  "));  // 54 bytes of JSON and two spaces
  EXPECT_FALSE(load("   "));
}

TEST(Safetensors, ATensorOutlivesItsFile) {
  Tensor x;
  {
    SafetensorsWriter writer;
    writer.floats("x", {2}, {3, 4});
    x = Safetensors(in_memory(writer.file())).load("x");
  }
  EXPECT_THAT(x.values, ElementsAre(3, 4));
}

TEST(Safetensors, TypesOfOneByteLoadAsTheValuesOfTheirCodes) {
  const auto values = [](const std::string& dtype, const std::string& codes) {
    SafetensorsWriter writer;
    writer.tensor("w", dtype, {static_cast<std::int64_t>(codes.size())}, codes);
    const Safetensors file(in_memory(writer.file()));
    EXPECT_TRUE(file.loads(*file.find("w"))) << dtype;
    const Tensor w = file.load("w");
    return std::vector<float>(w.values.begin(), w.values.end());
  };
  EXPECT_THAT(values("F8_E4M3", "\x38\xfe\x01\x7f"), ElementsAre(1, -448, 0x1p-9F, testing::IsNan()));
  EXPECT_THAT(values("F8_E5M2", "\x3c\xfb\x01\x7c"), ElementsAre(1, -57344, 0x1p-16F, INFINITY));
  EXPECT_THAT(values("F8_E4M3FNUZ", "\x40\xff\x80"), ElementsAre(1, -240, testing::IsNan()));
  EXPECT_THAT(values("F8_E5M2FNUZ", "\x40\xff"), ElementsAre(1, -57344));
  EXPECT_THAT(values("F8_E8M0", "\x7f\x80\xff"), ElementsAre(1, 2, testing::IsNan()));
}

TEST(Safetensors, TypesThatAreNotReadAreListedAndRefusedOnLoad) {
  SafetensorsWriter writer;
  writer.tensor("w", "F4", {2}, "a").tensor("n", "I8", {1}, "a");
  const Safetensors file(in_memory(writer.file()));
  for (const char* const name : {"w", "n"}) {
    EXPECT_FALSE(file.loads(*file.find(name)));
    EXPECT_THAT([&] { file.load(name); },
                throws_one_line(HasSubstr("only F32, F16, BF16, F64 and the F8 types are read")));
  }
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string whole = several().file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(open_bytes(whole.substr(0, size)), throws_one_line(HasSubstr("truncated or damaged"))) << size;
  }
  EXPECT_THAT(open_bytes(whole + "x"), throws_one_line(HasSubstr("but the file holds")));
}

TEST(Safetensors, EveryFlippedHeaderBitIsRefusedOrHarmless) {
  const std::string whole = several().file();
  for (std::size_t bit = 0; bit < (8 + several().json().size()) * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(read_or_one_line_error([&] {
      const Safetensors file(in_memory(damaged));
      for (const TensorInfo& info : file.tensors()) file.load(info.name);
    })) << "bit "
        << bit;
  }
}

TEST(Safetensors, LyingHeaderLengthsAreRefused) {
  for (const std::uint64_t length : {std::uint64_t{1} << 63, ~std::uint64_t{0}, std::uint64_t{100'000'001}}) {
    std::string bytes;
    append(bytes, length);
    EXPECT_THAT(open_bytes(bytes + "{}"), throws_one_line(HasSubstr("above the format's limit")));
  }
  for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{100'000'000}}) {
    std::string bytes;
    append(bytes, length);
    EXPECT_THAT(open_bytes(bytes + "{}"), throws_one_line(HasSubstr("only 2 are left")));
  }
  EXPECT_THAT(open_header(""), throws_one_line(HasSubstr("brace")));
}

TEST(Safetensors, WrongHeadersAreRefused) {
  EXPECT_THAT(open_header(" {}"), throws_one_line(HasSubstr("brace")));
  EXPECT_THAT(open_header("[]"), throws_one_line(HasSubstr("brace")));
  EXPECT_THAT(open_header("{"), throws_one_line(HasSubstr("not JSON")));
  EXPECT_THAT(open_header("{} x"), throws_one_line(HasSubstr("not JSON")));
  EXPECT_THAT(open_header("{\"\xff\":1}"), throws_one_line(HasSubstr("not JSON")));
  EXPECT_THAT(open_header(R"({"x":1e999})"), throws_one_line(HasSubstr("out of range")));
  EXPECT_THAT(open_header(R"({"x":[]})"), throws_one_line(HasSubstr("not an object")));
  EXPECT_THAT(open_header(R"({"x":{}})"), throws_one_line(HasSubstr("unknown type '(none)'")));
  EXPECT_THAT(open_header("{\"x\":" + std::string(100000, '[')), throws_one_line(HasSubstr("nested more than 16")));
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return open_header(fmt::format(R"({{"x\ny":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets),
                       "1234");
  };
  EXPECT_NO_THROW(entry(R"("F32")", "[1]", "[0,4]")());
  EXPECT_THAT(entry(R"("F33")", "[1]", "[0,4]"), throws_one_line(HasSubstr("'x\\x0ay' is of unknown type 'F33'")));
  EXPECT_THAT(entry("1", "[1]", "[0,4]"), throws_one_line(HasSubstr("'dtype' is not text")));
  for (const char* const shape : {"1", "[-1]", "[1.0]", "[\"1\"]", "[18446744073709551615]", "null", "[[1]]"}) {
    EXPECT_THAT(entry(R"("F32")", shape, "[0,4]"), throws_one_line(HasSubstr("no proper shape"))) << shape;
  }
  for (const char* const offsets : {"4", "[0]", "[0,4,4]", "[4,0]", "[-4,0]", "[0,4.0]", "[0,18446744073709551615]"}) {
    EXPECT_THAT(entry(R"("F32")", "[1]", offsets), throws_one_line(HasSubstr("no proper data_offsets"))) << offsets;
  }
  for (const char* const shape : {"[2]", "[4294967296,4294967296]", "[4611686018427387905]", "[0]"}) {
    EXPECT_THAT(entry(R"("F32")", shape, "[0,4]"), throws_one_line(HasSubstr("does not fit its 4 bytes"))) << shape;
  }
  EXPECT_THAT(entry(R"("F4")", "[7]", "[0,4]"), throws_one_line(HasSubstr("does not fit its 4 bytes")));
  EXPECT_NO_THROW(entry(R"("F4")", "[8]", "[0,4]")());
}

TEST(Safetensors, HolesOverlapsAndDuplicatesAreRefused) {
  const auto refused = [](const SafetensorsWriter& writer, std::size_t data, const std::string& why) {
    EXPECT_THAT(open_header(writer.json(), std::string(data, '\0')), throws_one_line(HasSubstr(why)));
  };
  refused(SafetensorsWriter().entry("x", "F32", {1}, 0, 4).entry("y", "F32", {1}, 0, 4), 8, "overlap or leave a hole");
  refused(SafetensorsWriter().entry("x", "F32", {2}, 0, 8).entry("y", "F32", {1}, 4, 8), 8, "overlap or leave a hole");
  refused(SafetensorsWriter().entry("x", "F32", {1}, 0, 4).entry("y", "F32", {1}, 8, 12), 12,
          "overlap or leave a hole");
  refused(SafetensorsWriter().entry("x", "F32", {1}, 4, 8), 8, "overlap or leave a hole");
  refused(SafetensorsWriter().entry("x", "F32", {1}, 0, 4), 3, "truncated");
  refused(SafetensorsWriter().entry("x", "F32", {1}, 0, 4), 5, "truncated");
  refused(SafetensorsWriter().entry("x", "U8", {INT64_MAX}, 0, INT64_MAX), 4, "does not fit");
  refused(SafetensorsWriter().entry("x", "F32", {1}, 0, 4).entry("x", "F32", {1}, 0, 4), 4, "'x' is there twice");
}

/// Two shards and their index, as transformers saves them.
void write_shards(const TemporaryFolder& folder, const std::string& weight_map) {
  SafetensorsWriter first, second;
  first.floats("x", {1}, {1});
  second.floats("y", {1}, {2});
  write_file(folder / "model-1.safetensors", first.file());
  write_file(folder / "model-2.safetensors", second.file());
  write_file(folder / "model.safetensors.index.json",
             R"({"metadata":{"total_size":8},"weight_map":)" + weight_map + "}");
}

TEST(Safetensors, Shards) {
  const TemporaryFolder folder;
  write_shards(folder, R"({"y":"model-2.safetensors","x":"model-1.safetensors"})");
  const Safetensors tensors = Safetensors::open(folder / "model.safetensors.index.json");
  ASSERT_THAT(tensors.tensors(), SizeIs(2));
  EXPECT_THAT(tensors.load("x").values, ElementsAre(1));
  EXPECT_THAT(tensors.load("y").values, ElementsAre(2));
  EXPECT_EQ(tensors.size(), 2 * std::filesystem::file_size(folder / "model-1.safetensors"));
  EXPECT_THAT(tensors.header(),
              testing::AllOf(testing::StartsWith(R"({"metadata")"), HasSubstr(R"("x":)"), HasSubstr(R"("y":)")));
}

TEST(Safetensors, WrongIndexesAreRefused) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& weight_map, const std::string& why) {
    write_shards(folder, weight_map);
    EXPECT_THAT([&] { Safetensors::open(folder / "model.safetensors.index.json"); }, throws_one_line(HasSubstr(why)))
        << weight_map;
  };
  refused(R"({"x":"../model-1.safetensors"})", "not the name of a file in the same folder");
  refused(R"({"x":"/etc/passwd"})", "not the name of a file in the same folder");
  refused(R"({"x":".."})", "not the name of a file in the same folder");
  refused(R"({"x":""})", "not the name of a file in the same folder");
  refused(R"({"x":"model-1.safetensors\u0000"})", "not the name of a file in the same folder");
  refused(R"({"x":1})", "not text");
  refused(R"([])", "not an object");
  refused(R"(null)", "no weight_map");
  refused(R"({"x":"model-3.safetensors"})", "no such file");
  refused(R"({"x":"model-2.safetensors"})", "'x' is not in its shard");
  refused(R"({"z":"model-1.safetensors"})", "'z' is not in its shard");
  refused(R"({"x":"model-1.safetensors","y":"model-1.safetensors"})", "'y' is not in its shard");
  std::filesystem::copy_file(folder / "model-1.safetensors", folder / "model-4.safetensors");
  refused(R"({"x":"model-1.safetensors","w":"model-4.safetensors"})", "two tensors are named 'x'");
}

/// The largest resident size since `begin_peak` was called.
std::int64_t peak_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
  }
  return 0;
}

std::int64_t begin_peak() {
  std::ofstream("/proc/self/clear_refs") << 5;
  return peak_kilobytes();
}

TEST(Safetensors, ASparse14GigabyteFileListsInLittleMemory) {
  // A 7-billion-parameter Llama in BF16: 32 layers of width 4096 and hidden width 11008, vocabulary 32000.
  SafetensorsWriter writer;
  std::uint64_t size = 0;
  const auto add = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    std::uint64_t bytes = 2;
    for (const std::int64_t dimension : shape) bytes *= static_cast<std::uint64_t>(dimension);
    writer.entry(name, "BF16", shape, size, size + bytes);
    size += bytes;
  };
  add("model.embed_tokens.weight", {32000, 4096});
  for (int layer = 0; layer < 32; ++layer) {
    const std::string before = fmt::format("model.layers.{}.", layer);
    for (const char* const name : {"q", "k", "v", "o"})
      add(before + "self_attn." + name + "_proj.weight", {4096, 4096});
    add(before + "mlp.gate_proj.weight", {11008, 4096});
    add(before + "mlp.up_proj.weight", {11008, 4096});
    add(before + "mlp.down_proj.weight", {4096, 11008});
    add(before + "input_layernorm.weight", {4096});
    add(before + "post_attention_layernorm.weight", {4096});
  }
  add("model.norm.weight", {4096});
  add("lm_head.weight", {32000, 4096});
  const TemporaryFolder folder;
  const std::string start = writer.file();
  write_file(folder / "model.safetensors", start);
  std::filesystem::resize_file(folder / "model.safetensors", start.size() + size);
  EXPECT_GT(start.size() + size, 13'000'000'000u);

  const std::int64_t before = begin_peak();
  const Safetensors file = Safetensors::open(folder / "model.safetensors");
  EXPECT_THAT(file.tensors(), SizeIs(291));
  const Tensor norm = file.load("model.norm.weight");  // at 13 GB, touches its own page only
  EXPECT_EQ(norm.values[4095], 0.0f);
  EXPECT_LT(peak_kilobytes() - before, 32 * 1024);
}

}  // namespace
}  // namespace octavo::sim::file
