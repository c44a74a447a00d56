// Recorded GPU results through octavo compare's own path, planted errors, and cases that do not fit their operation.
#include "experiments/replay/compare.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <fstream>
#include <random>

#include "experiments/replay/compare_output.h"
#include "experiments/replay/recorded_text.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"
#include "tests/shared_data.h"

namespace octavo::experiments::replay {
namespace {

using store::Case;
using store::CaseLayout;
using store::ProductCase;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kRecordings[]{"ada_e4m3_fp16",  "ada_e4m3_fp32",  "ada_e5m2_fp16",  "ada_e5m2_fp32",
                                    "b200_e4m3_fp16", "b200_e4m3_fp32", "b200_e5m2_fp16", "b200_e5m2_fp32",
                                    "h100_e4m3_fp16", "h100_e4m3_fp32", "h100_e5m2_fp16", "h100_e5m2_fp32"};

TEST(Compare, EveryRecordedResultIsReproducedAsTextAndAsCases) {
  OCTAVO_REQUIRE_SHARED("hardware/h100_e4m3_fp32.txt");
  std::vector<Case> all;
  std::int64_t results = 0;
  for (const char* name : kRecordings) {
    for (Case& one : read_case_file(shared_path(std::string("hardware/") + name + ".txt"))) {
      const CaseComparison comparison = compare_case(name, one, {});
      EXPECT_EQ(comparison.results, 2500) << name;
      EXPECT_EQ(comparison.mismatches, 0) << comparison_text(comparison, true);
      results += comparison.results;
      all.push_back(std::move(one));
    }
  }
  EXPECT_EQ(results, 30000);
  const store::TemporaryFolder folder;
  store::write_cases(folder / "recorded.h5", all);
  EXPECT_EQ(read_case_file(folder / "recorded.h5"), all);
}

/// Random codes whose products come close enough to each other to be cut.
ProductCase random_product(std::int64_t a_rows, std::int64_t b_rows, std::int64_t depth, CaseLayout layout) {
  std::mt19937 random(17);
  ProductCase data;
  data.a_format = data.b_format = "e4m3";
  data.layout = layout;
  data.a_rows = a_rows;
  data.b_rows = b_rows;
  data.depth = depth;
  for (std::int64_t i = 0; i < a_rows * depth; ++i)
    data.a.push_back(static_cast<std::uint8_t>((0x10 + random() % 0x58) | (random() & 0x80u)));
  for (std::int64_t i = 0; i < b_rows * depth; ++i)
    data.b.push_back(static_cast<std::uint8_t>((0x10 + random() % 0x58) | (random() & 0x80u)));
  data.d.values.resize(static_cast<std::size_t>(layout == CaseLayout::gemm ? a_rows * b_rows : a_rows));
  return data;
}

/// The case with what the emulator gives as its recorded results.
Case computed(const std::string& operation, ProductCase data, const std::string& id = "x") {
  const auto& product = std::get<ProductOperation>(replay::operation(operation));
  const EmulatedProduct emulated(product, data);
  data.d = {emulated.width(), emulated.results().d};
  return {id, operation, "this test", std::move(data)};
}

TEST(Compare, APlantedErrorIsFoundAndExplained) {
  Case one = computed("wgmma.m64n8k32.f32.e4m3.e4m3", random_product(40, 40, 64, CaseLayout::dots), "planted");
  auto& data = std::get<ProductCase>(one.data);
  EXPECT_EQ(compare_case("f", one, {}).mismatches, 0);
  const std::uint32_t right = data.d.values[7];
  data.d.values[7] ^= 0x400u;
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.mismatches, 1);
  ASSERT_EQ(comparison.first.size(), 1u);
  const Difference& difference = comparison.first[0];
  EXPECT_EQ(difference.result, 7);
  EXPECT_EQ(difference.computed, right);
  EXPECT_EQ(difference.recorded, right ^ 0x400u);
  EXPECT_EQ(difference.a, std::vector<std::uint8_t>(data.a.begin() + 7 * 64, data.a.begin() + 8 * 64));
  ASSERT_EQ(difference.steps.size(), 2u);
  EXPECT_EQ(difference.steps[1].addend, difference.steps[0].result);
  EXPECT_EQ(difference.steps[1].result, right);
  EXPECT_EQ(difference.steps[0].groups[0].terms.size(), 32u);

  std::string a;
  for (const std::uint8_t code : difference.a) a += fmt::format("{:02x}", code);
  const std::string text = comparison_text(comparison, false);
  EXPECT_THAT(text, AllOf(HasSubstr("planted"), HasSubstr("1 mismatches"), HasSubstr("result 7"), HasSubstr(a),
                          HasSubstr(fmt::format("recorded 0x{:08x}", right ^ 0x400u)),
                          HasSubstr(fmt::format("computed 0x{:08x}", right)), HasSubstr("E = "), HasSubstr("k31:")));
  const std::string explained = comparison_text(comparison, true);
  EXPECT_THAT(explained, AllOf(HasSubstr("from k = 0"), HasSubstr("from k = 32"), HasSubstr("cut")));
  EXPECT_EQ(total_text({comparison}), "compared 40 results: 1 mismatches\n");
  EXPECT_THAT(comparison_json({comparison}), HasSubstr(fmt::format("\"0x{:08x}\"", right)));
}

TEST(Compare, KeepsTheFirstDifferencesAndCountsAll) {
  Case one = computed("mma.m16n8k32.f32.e4m3.e4m3.sm89", random_product(50, 50, 32, CaseLayout::dots));
  for (std::uint32_t& bits : std::get<ProductCase>(one.data).d.values) bits ^= 1u;
  EXPECT_EQ(compare_case("f", one, {}).mismatches, 50);
  EXPECT_EQ(compare_case("f", one, {}).first.size(), 3u);
  EXPECT_EQ(compare_case("f", one, {.engine = "", .differences = 50}).first.size(), 50u);
}

TEST(Compare, LayoutsAgree) {
  // Row i of the products of a gemm is what dots give for the same rows.
  for (const char* operation :
       {"wgmma.m64n8k32.f32.e4m3.e4m3", "wgmma.m64n8k32.f16.e4m3.e4m3", "mma.m16n8k32.f32.e4m3.e4m3.sm90",
        "mma.m16n8k32.f32.e4m3.e4m3.sm120", "cublaslt.fp8.split_accum"}) {
    for (const std::int64_t split : {1, 3}) {
      ProductCase gemm = random_product(5, 5, 512, CaseLayout::gemm);
      gemm.split_k = split;
      gemm.c = store::Bits{32, {}};
      for (int i = 0; i < 25; ++i)
        gemm.c->values.push_back(std::bit_cast<std::uint32_t>(static_cast<float>(i) - 12.0f));
      ProductCase dots = gemm;
      dots.layout = CaseLayout::dots;
      dots.d.values.resize(5);
      dots.c->values.clear();
      for (std::size_t i = 0; i < 5; ++i) dots.c->values.push_back(gemm.c->values[i * 6]);
      const store::Bits all = std::get<ProductCase>(computed(operation, gemm).data).d;
      const store::Bits diagonal = std::get<ProductCase>(computed(operation, dots).data).d;
      ASSERT_EQ(all.width, diagonal.width);
      for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(all.values[i * 6], diagonal.values[i]) << operation << split << i;
    }
  }
}

TEST(Compare, HalvesMayBeStoredAsFloats) {
  Case one = computed("wgmma.m64n8k32.f16.e4m3.e4m3", random_product(30, 30, 32, CaseLayout::dots));
  auto& data = std::get<ProductCase>(one.data);
  ASSERT_EQ(data.d.width, 16);
  data.d.values[3] = 0x7FFF;
  const auto widen = [](std::uint32_t code) {
    return code == 0x7FFFu ? 0x7FFFE000u
                           : std::bit_cast<std::uint32_t>(static_cast<float>(formats::decode(formats::fp16, code)));
  };
  for (std::uint32_t& bits : data.d.values) bits = widen(bits);
  data.d.width = 32;
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.mismatches, 1);  // the NaN
  EXPECT_EQ(comparison.first[0].recorded, 0x7FFFu);
  data.d.values[3] = 0x3F800001u;  // no f16 value
  EXPECT_THROW(compare_case("f", one, {}), Error);
}

TEST(Compare, NanAndInfinityAreComparedBitForBit) {
  ProductCase data = random_product(3, 3, 32, CaseLayout::dots);
  data.a_format = "e5m2";
  data.a[5] = 0x7E;       // NaN
  data.a[32 + 5] = 0xFC;  // -Inf
  data.b[32 + 5] = 0x38;
  Case one = computed("wgmma.m64n8k32.f32.e5m2.e4m3", data);
  auto& d = std::get<ProductCase>(one.data).d.values;
  EXPECT_EQ(d[0], 0x7FFFFFFFu);
  EXPECT_EQ(d[1], 0xFF800000u);
  EXPECT_EQ(compare_case("f", one, {}).mismatches, 0);
  d[0] = 0x7FC00000u;
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.mismatches, 1);
  EXPECT_THAT(comparison_text(comparison, true), HasSubstr("a NaN or an infinity decides"));
}

TEST(Compare, AnotherEngineDiffersWhereTruncationTells) {
  const Case one = computed("wgmma.m64n8k32.f32.e4m3.e4m3", random_product(200, 200, 256, CaseLayout::dots));
  for (const char* engine : {"exact", "fp32", "hopper-mma", "fp16-accumulate"})
    EXPECT_GT(compare_case("f", one, {.engine = engine, .differences = 1}).mismatches, 20) << engine;
  EXPECT_EQ(compare_case("f", one, {.engine = "hopper-wgmma", .differences = 1}).mismatches, 0);
}

TEST(Compare, Conversions) {
  store::ConversionCase data{{32, {0x3F800000u, 0xFFC00000u, 0x43E80001u}}, {8, {0x38, 0x7F, 0x7E}}};
  Case one{"cvt", "cvt.rn.satfinite.e4m3x2.f32", "header", data};
  EXPECT_EQ(compare_case("f", one, {}).mismatches, 0);
  std::get<store::ConversionCase>(one.data).output.values[1] = 0xFF;
  const CaseComparison comparison = compare_case("f", one, {});
  EXPECT_EQ(comparison.mismatches, 1);
  EXPECT_THAT(comparison_text(comparison, false),
              AllOf(HasSubstr("recorded 0xff"), HasSubstr("computed 0x7f"), HasSubstr("input 0xffc00000")));
}

std::string message(const Case& one, const CompareFlags& flags = {}) {
  try {
    compare_case("cases.h5", one, flags);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "no error";
}

TEST(Compare, CasesThatDoNotFitTheirOperation) {
  const ProductCase good = random_product(2, 2, 32, CaseLayout::dots);
  const auto with = [&](auto change, const std::string& operation = "wgmma.m64n8k32.f32.e4m3.e4m3") {
    ProductCase data = good;
    change(data);
    return message({"x", operation, "test", data});
  };
  EXPECT_EQ(with([](auto&) {}), "no error");
  EXPECT_THAT(with([](auto&) {}, "wgmma.m64n8k32.f32.e4m3.e4m4"),
              AllOf(HasSubstr("cases.h5"), HasSubstr("'x'"), HasSubstr("did you mean")));
  EXPECT_THAT(with([](auto& data) { data.a_format = "e4m4"; }), HasSubstr("e4m4"));
  EXPECT_THAT(with([](auto& data) { data.a_format = "e5m2"; }), HasSubstr("the operation names e4m3"));
  EXPECT_THAT(with([](auto& data) { data.promotion = 48; }), HasSubstr("multiple of 32"));
  EXPECT_THAT(with([](auto& data) { data.promotion = -32; }), HasSubstr("promotion"));
  EXPECT_THAT(with([](auto& data) { data.split_k = 0; }), HasSubstr("split_k is 0"));
  EXPECT_THAT(with([](auto& data) { data.split_k = std::int64_t{1} << 40; }), HasSubstr("split_k"));
  EXPECT_THAT(with([](auto& data) { data.d.width = 16; }), HasSubstr("d holds 16-bit values"));
  EXPECT_THAT(with([](auto& data) {
                data.depth = 16;
                data.a.resize(32);
                data.b.resize(32);
              }),
              AllOf(HasSubstr("K is 16"), HasSubstr("32")));
  EXPECT_THAT(with([](auto& data) { data.a_format = data.b_format = "e3m2"; }, "cublaslt.fp8.fast_accum"),
              HasSubstr("e4m3 and e5m2"));
  EXPECT_THAT(message({"x", "wgmma.m64n8k32.f32.e4m3.e4m3", "test", good}, {.engine = "cdna3", .differences = 1}),
              HasSubstr("e4m3fnuz"));
  EXPECT_THAT(message({"x", "cvt.rn.satfinite.e4m3x2.f32", "test", store::ConversionCase{{16, {1}}, {8, {0}}}}),
              HasSubstr("input holds values of 16 bits"));
}

class RecordedText : public testing::Test {
 protected:
  std::string read(const std::string& text) {
    const std::filesystem::path path = folder_ / "text.txt";
    std::ofstream(path) << text;
    try {
      read_recorded_text(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  const store::TemporaryFolder folder_;
  const std::string head_ = "# hardware=H100 types=E4M3.E4M3 instruction=wgmma m64nNk32; source test\n# columns\n";
  const std::string a_ = std::string(64, '0');
};

TEST_F(RecordedText, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(read(head_ + a_ + ' ' + a_ + " 00000000 00000000\n"), "no error");
  EXPECT_EQ(read(head_ + a_ + ' ' + a_ + " 00000000 00000000"), "no error");
  EXPECT_THAT(read(head_), HasSubstr("holds no result"));
  EXPECT_THAT(read(a_), HasSubstr("instruction="));
  EXPECT_THAT(read("# hardware=V100 types=E4M3.E4M3 instruction=mma.sync m16n8k32 .f16\n"), HasSubstr("V100"));
  EXPECT_THAT(read("# hardware=H100 types=E4M3 instruction=wgmma m64nNk32\n"), HasSubstr("types='E4M3'"));
  EXPECT_THAT(read("# hardware=H100 types=E4M3.E4M3 instruction=hmma\n"), HasSubstr("'hmma'"));
  EXPECT_THAT(read(head_ + a_ + ' ' + a_ + " 00000000\n"), AllOf(HasSubstr("text.txt':3: d is ''")));
  EXPECT_THAT(read(head_ + a_ + ' ' + a_ + " 0000000g 00000000\n"), HasSubstr("'0000000g'"));
  EXPECT_THAT(read(head_ + a_ + ' ' + a_ + " 0 00000000\n"), HasSubstr("c has 1 digits"));
  EXPECT_THAT(read(head_ + a_ + ' ' + a_ + " 00000000 00000000 1\n"), HasSubstr("more than"));
  EXPECT_THAT(read(head_ + a_ + ' ' + a_.substr(2) + " 00000000 00000000\n"), HasSubstr("b has 62 digits"));
  EXPECT_THAT(read("# hardware=H100 types=E4M3.E4M3 instruction=mma.sync m16n8k32 .f16\n" + a_ + ' ' + a_ +
                   " 00000000 3f800001\n"),
              HasSubstr("no f16 value"));
}

TEST(CaseFile, OtherFilesAreRefused) {
  const store::TemporaryFolder folder;
  std::ofstream(folder / "other") << "something else";
  EXPECT_THROW(read_case_file(folder / "other"), Error);
  EXPECT_THROW(read_case_file(folder / "absent"), Error);
  EXPECT_THROW(read_case_file(folder.path()), Error);
}

}  // namespace
}  // namespace octavo::experiments::replay
