// Cases in the terms of the GPU's interface; what no kernel takes is refused, not run as something else.
#include "experiments/capture/native_operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

const replay::ConversionOperation& conversion(const char* name) {
  return std::get<replay::ConversionOperation>(replay::operation(name));
}

TEST(NativeOperation, FormatsWithoutAKernelAreRefused) {
  EXPECT_EQ(native_format("e4m3"), cuda::Fp8::e4m3);
  EXPECT_EQ(native_format("e5m2"), cuda::Fp8::e5m2);
  for (const char* name : {"e3m2", "e2m3", "e2m1", "e8m0", "ue8m0", "e4m3fnuz", ""})
    EXPECT_THROW(native_format(name), Error) << name;
}

TEST(NativeOperation, ConversionsWithoutAKernelAreRefused) {
  const cuda::Conversion narrow =
      native_conversion(conversion("cvt.rn.satfinite.relu.e5m2x2.f16x2"), {.high_lane = true});
  EXPECT_EQ(narrow, (cuda::Conversion{cuda::Conversion::Kind::from_f16, cuda::Fp8::e5m2, true, true}));
  EXPECT_EQ(native_conversion(conversion("cvt.rn.f16x2.e4m3x2"), {}).kind, cuda::Conversion::Kind::to_f16);
  EXPECT_EQ(native_conversion(conversion("cvt.rn.satfinite.e4m3x2.f32"), {}).kind, cuda::Conversion::Kind::from_f32);
  for (const char* name : {"cvt.rn.satfinite.e3m2x2.f32", "cvt.rn.f16x2.e2m1x2", "cvt.rz.ue8m0x2.f32",
                           "cvt.rz.ue8m0x2.bf16x2", "cvt.rn.bf16x2.ue8m0x2"})
    EXPECT_THROW(native_conversion(conversion(name), {}), Error) << name;
}

TEST(NativeOperation, OperandsWithoutAKernelAreRefused) {
  const auto& mma = std::get<replay::ProductOperation>(replay::operation("mma.m16n8k32.f32.e2m1.e4m3.sm120"));
  store::ProductCase data;
  data.a_format = "e2m1";
  data.b_format = "e4m3";
  data.depth = 32;
  EXPECT_THROW(native_instruction(mma, data, {}), Error);
  EXPECT_THROW(native_product(mma, data, {}), Error);
  data.a_format = "e5m2";
  EXPECT_EQ(native_instruction(mma, data, {}).a, cuda::Fp8::e5m2);
  EXPECT_FALSE(native_instruction(mma, data, {}).whole);
  data.layout = store::CaseLayout::gemm;
  EXPECT_TRUE(native_instruction(mma, data, {}).whole);
}

TEST(NativeOperation, TheModeOfTheLibraryFollowsTheOperation) {
  store::ProductCase data;
  data.a_format = data.b_format = "e4m3";
  const auto product = [&](const char* name) {
    return native_product(std::get<replay::ProductOperation>(replay::operation(name)), data, {.proposal = 3});
  };
  EXPECT_TRUE(product("cublaslt.fp8.fast_accum").fast_accumulation);
  EXPECT_FALSE(product("cublaslt.fp8.split_accum").fast_accumulation);
  EXPECT_EQ(product("cublaslt.fp8.fast_accum").algorithm, 3);
  EXPECT_EQ(product("cublaslt.fp8.fast_accum").split_k, 0);
}

}  // namespace
}  // namespace octavo::experiments::capture
