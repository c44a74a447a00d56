// CASES.h5: what is written is read back, and what does not keep the schema is refused in one line.
#include "experiments/store/cases/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "experiments/store/hdf5/file.h"
#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class CasesTest : public testing::Test {
 protected:
  std::string message() {
    try {
      read_cases(path_);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "no error";
  }

  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "cases.h5";
};

TEST_F(CasesTest, WhatIsWrittenIsReadBack) {
  ProductCase gemm{"e4m3",
                   "e5m2",
                   CaseLayout::gemm,
                   128,
                   2,
                   2,
                   3,
                   1,
                   {1, 2},
                   {3, 4, 5},
                   Bits{16, {1, 2, 3, 4, 5, 0x7FFF}},
                   Bits{32, {0x7FC00001, 0xFF800000, 0x7F800001, 3, 4, 5}}};
  ProductCase dots{"e4m3", "e4m3", CaseLayout::dots, {},           {}, 2,
                   2,      2,      {1, 2, 3, 4},     {5, 6, 7, 8}, {}, Bits{16, {0x3C00, 0xFE01}}};
  const std::vector<Case> cases{
      {"a", "wgmma.m64n8k32.f16.e4m3.e5m2", "GPU, driver", gemm},
      {"b", "wgmma.m64n8k32.f16.e4m3.e4m3", "", dots},
      {"c", "cvt.rn.satfinite.e4m3x2.f32", "x", ConversionCase{{32, {1, 0xFFC00001}}, {8, {0, 0x7F}}}}};
  write_cases(path_, cases);
  EXPECT_EQ(read_cases(path_), cases);
}

TEST_F(CasesTest, AnswersAloneAndRefusalsAreReadBack) {
  const Origin origin{"L5", 7, 30, "sm90", std::string(64, 'a')};
  const LibraryCall call{.output = "bf16", .amax = 0x40000000u};
  const ProductCase gemm{.a_format = "e4m3",
                         .b_format = "e4m3",
                         .layout = CaseLayout::gemm,
                         .promotion = 128,
                         .split_k = 2,
                         .a_rows = 2,
                         .b_rows = 1,
                         .depth = 0,
                         .a = {},
                         .b = {},
                         .c = {},
                         .d = {16, {1, 2}},
                         .call = call,
                         .algorithm = "id 3"};
  const std::vector<Case> cases{
      {"a", "cublaslt.fp8.fast_accum", "x", gemm, origin, true},
      {"b", "cvt.rn.satfinite.e4m3x2.f32", "x", ConversionCase{{}, {8, {1, 2, 3}}}, origin, true},
      {"c", "cvt.rn.satfinite.e4m3x2.f32", "x", ConversionCase{{}, {32, {1, 2}}, true}, origin, true}};
  const std::vector<Refused> refused{
      {"d", "cublaslt.fp8.fast_accum", "x", "cuBLASLt: heuristic failed (not supported)"}};
  write_cases(path_, cases, refused);
  EXPECT_EQ(read_cases(path_), cases);
  EXPECT_EQ(read_refused(path_), refused);
  write_cases(path_, {}, refused);
  EXPECT_TRUE(read_cases(path_).empty());
  write_cases(path_, {});
  EXPECT_THAT(message(), HasSubstr("is empty"));

  std::vector<Case> wrong{cases.front()};
  wrong[0].origin->family = "../L5";
  write_cases(path_, wrong);
  EXPECT_THAT(message(), HasSubstr("its origin is not of the form"));
  wrong = {cases.front()};
  std::get<ProductCase>(wrong[0].data).call->output = "f32";
  write_cases(path_, wrong);
  EXPECT_THAT(message(), HasSubstr("'d' has elements of 16 bits, but the output is"));
}

TEST_F(CasesTest, CallsSelectionsAndDigestsAreReadBack) {
  LibraryCall call{.output = "bf16",
                   .alpha = 0.3f,
                   .beta = 2,
                   .c_scale = 1.5f,
                   .d_scale = 1,
                   .a_mode = ScaleMode::vec_128,
                   .b_mode = ScaleMode::block_128x128,
                   .a_scales = {1, 2},
                   .b_scales = {3},
                   .bias = Bits{16, {0x3F80, 0x7FC1, 2}},
                   .amax = {}};
  ProductCase product{"e4m3",
                      "e4m3",
                      CaseLayout::gemm,
                      {},
                      {},
                      2,
                      3,
                      1,
                      {1, 2},
                      {3, 4, 5},
                      Bits{16, {1, 2, 3, 4, 5, 6}},
                      Bits{16, {6, 5, 4, 3, 2, 1}},
                      call,
                      "id 66 tile 20"};
  ProductCase narrow = product;
  narrow.call->output = "e4m3";
  narrow.call->amax = 0x7FC00001u;
  narrow.call->bias.reset();
  narrow.d = {8, {1, 2, 3, 4, 5, 0xFF}};
  ProductCase sparse{"e4m3", "e4m3", CaseLayout::dots, {}, {}, 1, 1, 4, {1, 0, 2, 0}, {1, 2, 3, 4}, {}, Bits{32, {9}}};
  sparse.selected = {0x8};
  const std::vector<Case> cases{
      {"a", "cublaslt.fp8.fast_accum", "x", product},
      {"b", "cublaslt.fp8.fast_accum", "x", narrow},
      {"c", "wgmma.sp.m64n8k64.f32.e4m3.e4m3", "x", sparse},
      {"d", "cvt.rn.satfinite.e4m3x2.f32", "x", ConversionCase{{16, {0x3F80, 0x7FC0}}, {32, {0xFFC00001, 5}}, true}}};
  write_cases(path_, cases);
  EXPECT_EQ(read_cases(path_), cases);
}

/// A good case, after `change`.
class HostileCases : public CasesTest {
 protected:
  using Change = std::function<void(const Group&)>;

  /// Writes a case without the objects in `without`; `instead` writes others in their place.
  std::string message_without(
      const std::vector<std::string>& without, const Change& instead = [](const Group&) {}) {
    File file = File::create(path_, "x");
    {
      const Group group = file.root().create("cases").create("one");
      const auto wanted = [&](const std::string& name) {
        return std::find(without.begin(), without.end(), name) == without.end();
      };
      if (wanted("operation")) group.set("operation", "wgmma.m64n8k32.f32.e4m3.e4m3");
      if (wanted("a_format")) group.set("a_format", "e4m3");
      if (wanted("b_format")) group.set("b_format", "e4m3");
      if (wanted("layout")) group.set("layout", "dots");
      if (wanted("a")) group.write<std::uint8_t>("a", codes_, {2, 32});
      if (wanted("b")) group.write<std::uint8_t>("b", codes_, {2, 32});
      if (wanted("d")) group.write<float>("d", floats_, {2});
      instead(group);
    }
    file.close();
    return message();
  }

  const std::vector<std::uint8_t> codes_ = std::vector<std::uint8_t>(64);
  const std::vector<float> floats_{0, 0};
  const std::vector<double> doubles_{0, 0};
};

TEST_F(HostileCases, MissingObjects) {
  EXPECT_EQ(message_without({}), "no error");  // source is for people; the schema's attributes are checked if there
  for (const char* name : {"operation", "a_format", "b_format", "layout"})
    EXPECT_THAT(message_without({name}),
                AllOf(HasSubstr("/cases/one"), HasSubstr(std::string("no attribute '") + name)));
  for (const char* name : {"a", "b", "d"})
    EXPECT_THAT(message_without({name}), AllOf(HasSubstr("/cases/one"), HasSubstr(std::string("no dataset '") + name)));
}

TEST_F(HostileCases, WrongShapes) {
  EXPECT_THAT(message_without({"a"}, [&](const Group& g) { g.write<std::uint8_t>("a", codes_, {64}); }),
              HasSubstr("1 dimensions, expected 2"));
  EXPECT_THAT(message_without({"a"},
                              [&](const Group& g) {
                                g.write<std::uint8_t>("a", codes_, {4, 16});
                              }),
              HasSubstr("same K"));
  EXPECT_THAT(message_without({"a", "b"},
                              [&](const Group& g) {
                                g.write<std::uint8_t>("a", codes_, {1, 64});
                                g.write<std::uint8_t>("b", std::vector<std::uint8_t>(128), {2, 64});
                              }),
              HasSubstr("in pairs"));
  EXPECT_THAT(message_without({"d"},
                              [&](const Group& g) {
                                g.write<float>("d", floats_, {2, 1});
                              }),
              HasSubstr("'d' has 2 dimensions"));
  EXPECT_THAT(message_without({"d"}, [&](const Group& g) { g.write<float>("d", std::vector<float>(3), {3}); }),
              HasSubstr("[3]"));
  EXPECT_THAT(message_without({"a"},
                              [&](const Group& g) {
                                g.write<std::uint8_t>("a", {}, {0, 32});
                              }),
              HasSubstr("'a' is empty"));
  EXPECT_THAT(message_without({}, [&](const Group& g) { g.write<float>("c", std::vector<float>(3), {3}); }),
              HasSubstr("'c' has shape [3], expected [2]"));
}

TEST_F(HostileCases, CallsThatDoNotFitTheirProduct) {
  const auto with_call = [&](const std::function<void(LibraryCall&)>& change, const std::string& layout = "gemm") {
    return message_without({"layout", "d"}, [&](const Group& g) {
      g.set("layout", layout);
      if (layout == "gemm")
        g.write<float>("d", std::vector<float>(4), {2, 2});
      else
        g.write<float>("d", floats_, {2});
      LibraryCall call;
      change(call);
      write_call(g.create("call"), call);
    });
  };
  EXPECT_EQ(with_call([](LibraryCall&) {}), "no error");
  EXPECT_THAT(with_call([](LibraryCall&) {}, "dots"), HasSubstr("layout is not gemm"));
  EXPECT_THAT(with_call([](LibraryCall& call) { call.output = "f64"; }), HasSubstr("its output is 'f64'"));
  EXPECT_THAT(with_call([](LibraryCall& call) { call.output = "f16"; }), HasSubstr("32 bits, but the output is f16"));
  EXPECT_THAT(with_call([](LibraryCall& call) { call.a_mode = ScaleMode::outer; }), HasSubstr("a_scales"));
  EXPECT_THAT(with_call([](LibraryCall& call) { call.bias = Bits{16, {1, 2, 3}}; }), HasSubstr("bias"));
  EXPECT_THAT(with_call([](LibraryCall& call) { call.bias = Bits{32, {1, 2}}; }), HasSubstr("16 bits"));
  EXPECT_THAT(message_without({},
                              [&](const Group& g) {
                                g.write<std::uint8_t>("selected", codes_, {2, 32});
                              }),
              HasSubstr("selected"));
}

TEST_F(HostileCases, WrongTypes) {
  EXPECT_THAT(message_without({"a"},
                              [&](const Group& g) {
                                g.write<float>("a", std::vector<float>(64), {2, 32});
                              }),
              HasSubstr("'a' are no uint8 codes"));
  EXPECT_THAT(message_without({"d"}, [&](const Group& g) { g.write<double>("d", doubles_, {2}); }),
              HasSubstr("neither float32 nor float16"));
  EXPECT_THAT(message_without({"d"},
                              [&](const Group& g) {
                                g.write_texts("d", std::vector<std::string>{"1", "2"});
                              }),
              HasSubstr("neither float32 nor float16"));
  EXPECT_THAT(
      message_without({"d"}, [&](const Group& g) { g.write<std::uint8_t>("d", std::vector<std::uint8_t>(2), {2}); }),
      HasSubstr("8 bits"));
  EXPECT_THAT(message_without({"a"}, [&](const Group& g) { g.create("a"); }), HasSubstr("a"));
  EXPECT_THAT(message_without({}, [&](const Group& g) { g.set("promotion", "often"); }), HasSubstr("not an integer"));
  EXPECT_THAT(message_without({"layout"}, [&](const Group& g) { g.set("layout", std::int32_t{3}); }),
              HasSubstr("not a string"));
  EXPECT_THAT(message_without({"layout"}, [&](const Group& g) { g.set("layout", "rows"); }), HasSubstr("'rows'"));
  EXPECT_EQ(message_without({}, [&](const Group& g) { g.set("promotion", std::uint64_t{0}); }), "no error");
}

TEST_F(CasesTest, OtherFiles) {
  const auto write = [&](const std::function<void(const Group&)>& change) {
    File file = File::create(path_, "x");
    change(file.root());
    file.close();
    return message();
  };
  EXPECT_THAT(write([](const Group&) {}), HasSubstr("no group 'cases'"));
  EXPECT_THAT(write([](const Group& root) { root.create("cases"); }), HasSubstr("is empty"));
  EXPECT_THAT(write([](const Group& root) { root.set("schema", "octavo-runs"); }), HasSubstr("'octavo-runs'"));
  EXPECT_THAT(write([](const Group& root) { root.set("schema_version", 2); }), HasSubstr("schema_version is 2"));
  EXPECT_THAT(write([](const Group& root) {
                const Group group = root.create("cases").create("c");
                group.set("operation", "cvt.rn.satfinite.e4m3x2.f32");
                group.write<float>("input", std::vector<float>{1, 2}, {2});
                group.write<std::uint8_t>("output", std::vector<std::uint8_t>{1}, {1});
              }),
              HasSubstr("one output for each input"));
}

}  // namespace
}  // namespace octavo::experiments::store
