// The library's part of a call, by hand; and what compare makes of a recorded call.
#include "experiments/replay/library_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "experiments/replay/compare.h"
#include "experiments/replay/compare_output.h"
#include "experiments/replay/emulator.h"
#include "messages/error.h"

namespace octavo::experiments::replay {
namespace {

using store::ScaleMode;
using testing::HasSubstr;
using testing::Not;

float as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }

/// One row of ones times two rows of K ones.
store::ProductCase ones(std::int64_t depth, store::LibraryCall call) {
  store::ProductCase data;
  data.a_format = data.b_format = "e4m3";
  data.layout = store::CaseLayout::gemm;
  data.a_rows = 1;
  data.b_rows = 2;
  data.depth = depth;
  data.a.assign(static_cast<std::size_t>(depth), 0x38);
  data.b.assign(static_cast<std::size_t>(2 * depth), 0x38);
  data.d = {store::output_bits(call.output), {0, 0}};
  data.call = std::move(call);
  return data;
}

LibraryResults emulated(const store::ProductCase& data) {
  return EmulatedProduct(std::get<ProductOperation>(operation("cublaslt.fp8.split_accum")), data).results();
}

TEST(LibraryModel, ScalesBiasCAndAmax) {
  store::ProductCase data = ones(256, {.output = "e4m3",
                                       .alpha = 0.1f,
                                       .beta = 0.7f,
                                       .c_scale = 1.3f,
                                       .d_scale = 0.3f,
                                       .a_scales = {1.1f},
                                       .b_scales = {1.7f},
                                       .bias = store::Bits{16, {0x3F80, 0xC348}},  // 1 and -200
                                       .amax = 0});
  data.c = store::Bits{16, {0x4000, 0x4040}};  // 2 and 3
  const float scale = (0.1f * 1.7f) * 1.1f;    // the library's first operand is b
  const float first = std::fma(0.7f * 1.3f, 2.0f, std::fma(scale, 256.0f, 1.0f));
  const float second = std::fma(0.7f * 1.3f, 3.0f, std::fma(scale, 256.0f, -200.0f));
  const LibraryResults results = emulated(data);
  EXPECT_EQ(as_float(results.amax), std::max(std::fabs(first), std::fabs(second)));
  EXPECT_EQ(results.d[0], 0x57u);  // 50.6 * 0.3 = 15.2: 15
  EXPECT_EQ(results.d[1], 0xE3u);  // -149.4 * 0.3 = -44.8: -44
  data.call->output = "f32";
  data.c = store::Bits{32, {0x40000000u, 0x40400000u}};
  data.d.width = 32;
  EXPECT_EQ(as_float(emulated(data).d[0]), first);
  EXPECT_EQ(as_float(emulated(data).d[1]), second);
}

TEST(LibraryModel, OneScaleForEachRow) {
  store::LibraryCall call{.alpha = 0.1f,
                          .a_mode = ScaleMode::outer,
                          .b_mode = ScaleMode::outer,
                          .a_scales = {1.1f},
                          .b_scales = {1.7f, 1.3f}};
  const LibraryResults results = emulated(ones(128, call));
  EXPECT_EQ(as_float(results.d[0]), ((0.1f * 1.7f) * 1.1f) * 128.0f);
  EXPECT_EQ(as_float(results.d[1]), ((0.1f * 1.3f) * 1.1f) * 128.0f);
}

TEST(LibraryModel, ScalesByBlockMeetEachSum) {
  store::LibraryCall call{.alpha = 0.5f,
                          .a_mode = ScaleMode::vec_128,
                          .b_mode = ScaleMode::vec_128,
                          .a_scales = {1.1f, 1.2f},
                          .b_scales = {1.3f, 1.4f, 1.5f, 1.6f}};
  LibraryResults results = emulated(ones(256, call));
  EXPECT_EQ(as_float(results.d[0]), 0.5f * std::fma(128 * 1.4f, 1.2f, std::fma(128 * 1.3f, 1.1f, 0.0f)));
  EXPECT_EQ(as_float(results.d[1]), 0.5f * std::fma(128 * 1.6f, 1.2f, std::fma(128 * 1.5f, 1.1f, 0.0f)));
  call.b_mode = ScaleMode::block_128x128;
  call.b_scales = {1.3f, 1.4f};
  results = emulated(ones(256, call));
  EXPECT_EQ(as_float(results.d[0]), 0.5f * std::fma(1.2f * 1.4f, 128.0f, std::fma(1.1f * 1.3f, 128.0f, 0.0f)));
  EXPECT_EQ(results.d[0], results.d[1]);
}

TEST(LibraryModel, NanAndZero) {
  store::ProductCase data = ones(128, {.output = "e5m2", .alpha = -1, .amax = 0});
  data.a.assign(128, 0);
  EXPECT_EQ(emulated(data).d[0], 0u);  // -1 * 0 + 0
  EXPECT_EQ(emulated(data).amax, 0u);
  data.b[0] = 0x7F;
  EXPECT_EQ(emulated(data).d[0], 0x7Fu);
  EXPECT_EQ(emulated(data).amax, 0x7FFFFFFFu);
}

TEST(LibraryModel, ACallNeedsALibrary) {
  const store::ProductCase data = ones(32, {});
  EXPECT_THROW(EmulatedProduct(std::get<ProductOperation>(operation("wgmma.m64n8k32.f32.e4m3.e4m3")), data), Error);
}

TEST(LibraryModel, CompareCountsAmaxAndShowsIt) {
  store::ProductCase data = ones(128, {.output = "e4m3", .amax = 0});
  const LibraryResults results = emulated(data);
  data.d.values = results.d;
  data.call->amax = results.amax + 1;
  const CaseComparison comparison = compare_case("x.h5", {"L5.x", "cublaslt.fp8.fast_accum", "", data}, {});
  EXPECT_EQ(comparison.results, 3);
  EXPECT_EQ(comparison.mismatches, 1);
  EXPECT_THAT(comparison_text(comparison, false),
              HasSubstr("amax: recorded 0x43000001 (128.000015), computed 0x43000000 (128)"));
}

}  // namespace
}  // namespace octavo::experiments::replay
