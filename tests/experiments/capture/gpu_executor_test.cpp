// What the executor asks of a GPU, by one that only notes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cuda/gpu.h"
#include "experiments/capture/executor.h"
#include "experiments/capture/families/tree_probe.h"
#include "experiments/replay/operation.h"
#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

struct Asked {
  std::vector<cuda::LibraryProduct> products;
  std::vector<std::size_t> digests;
  std::vector<cuda::Instruction> instructions;
};

class NotingGpu final : public cuda::Gpu {
 public:
  NotingGpu(Asked& asked, std::vector<int> splits) : asked_(asked), splits_(std::move(splits)) {}

  const cuda::Device& device() const override { return device_; }
  std::vector<std::uint32_t> convert(const cuda::Conversion&, std::span<const std::uint32_t>) override {
    throw std::logic_error("convert");
  }
  std::vector<std::uint32_t> conversion_digests(const cuda::Conversion&,
                                                std::span<const std::uint32_t> uppers) override {
    asked_.digests.push_back(uppers.size());
    return std::vector<std::uint32_t>(uppers.size(), 7);
  }
  std::vector<std::uint32_t> mma_dots(const cuda::Instruction&, std::span<const std::uint8_t>,
                                      std::span<const std::uint8_t>, std::span<const std::uint32_t>) override {
    throw std::logic_error("mma");
  }
  std::vector<std::uint32_t> wgmma_dots(const cuda::Instruction& instruction, std::span<const std::uint8_t>,
                                        std::span<const std::uint8_t>, std::span<const std::uint32_t>) override {
    asked_.instructions.push_back(instruction);
    return std::vector<std::uint32_t>(static_cast<std::size_t>(64 * instruction.columns));
  }
  std::vector<std::uint32_t> sparse_dots(const cuda::Instruction&, std::span<const std::uint8_t>,
                                         std::span<const std::uint8_t>, std::span<const std::uint8_t>,
                                         std::span<const std::uint32_t>) override {
    throw std::logic_error("sparse");
  }
  std::vector<std::uint32_t> gemm(cuda::Fp8, cuda::Fp8, std::int64_t, std::span<const std::uint8_t>,
                                  std::span<const std::uint8_t>, std::span<const float>, std::int64_t, std::int64_t,
                                  std::int64_t) override {
    throw std::logic_error("gemm");
  }
  cuda::LibraryResult library_gemm(const cuda::LibraryProduct& product, std::span<const std::uint8_t>,
                                   std::span<const std::uint8_t>) override {
    const int split = splits_[asked_.products.size() % splits_.size()];
    asked_.products.push_back(product);
    return {.d = std::vector<std::uint32_t>(static_cast<std::size_t>(product.m * product.n)), .split_k = split};
  }
  Cast cast(cuda::Fp8, std::span<const float>, std::int64_t, std::int64_t, int, std::vector<std::uint8_t>*) override {
    throw std::logic_error("cast");
  }
  BlockCast block_cast(cuda::Fp8, std::span<const float>, std::int64_t, std::int64_t) override {
    throw std::logic_error("block cast");
  }
  double cast_seconds(Pass, std::span<const float>, std::int64_t, std::int64_t, int) override { return 0; }
  double gemm_seconds(std::int64_t, std::span<const std::uint8_t>, std::span<const std::uint8_t>, std::int64_t,
                      std::int64_t, std::int64_t, int) override {
    return 0;
  }
  double library_seconds(const cuda::LibraryProduct&, std::span<const std::uint8_t>, std::span<const std::uint8_t>,
                         int) override {
    return 0;
  }

 private:
  Asked& asked_;
  std::vector<int> splits_;
  cuda::Device device_{.name = "noting", .target = "sm90", .driver = "", .toolkit = "", .cublaslt = "1"};
};

std::unique_ptr<Executor> executor(Asked& asked, std::vector<int> splits = {1}) {
  return make_gpu_executor(std::make_unique<NotingGpu>(asked, std::move(splits)));
}

Plan tree_plan(int probes) {
  std::vector<TreeProbe> all;
  for (int i = 0; i < probes; ++i) all.push_back({0, 1 + i % 200});
  return {"L1", {}, {"tree", "cublaslt.fp8.fast_accum", {}, tree_probe_case(all, 256)}};
}

TEST(GpuExecutor, WhatTheLibraryChoseForOneBlockIsNotImposedOnTheNext) {
  Asked asked;
  Plan plan = tree_plan(150);
  executor(asked, {4})->run(plan);
  ASSERT_EQ(asked.products.size(), 3u);
  for (const cuda::LibraryProduct& product : asked.products) EXPECT_EQ(product.split_k, 0);
  EXPECT_EQ(std::get<store::ProductCase>(plan.one.data).split_k, 4) << "it is recorded";
}

TEST(GpuExecutor, ACaseThatTheLibraryComputedInSeveralWaysIsRefused) {
  Asked asked;
  Plan plan = tree_plan(150);
  EXPECT_THROW(executor(asked, {1, 4})->run(plan), Error);
}

TEST(GpuExecutor, DigestsAreMadeOnTheDevice) {
  Asked asked;
  Plan plan{
      "C2", {}, {"x", "cvt.rn.satfinite.e4m3x2.f32", {}, store::ConversionCase{{16, {1, 2}}, {32, {0, 0}}, true}}};
  executor(asked)->run(plan);
  EXPECT_THAT(asked.digests, testing::ElementsAre(2u));
  EXPECT_THAT(std::get<store::ConversionCase>(plan.one.data).output.values, testing::ElementsAre(7u, 7u));
}

TEST(GpuExecutor, PlacesAreWholeInstructions) {
  Asked asked;
  const Family family = families({"P1"}).front();
  const std::unique_ptr<Executor> gpu = executor(asked);
  for (Plan& plan : family.plans(family, {.seed = 1, .count = 30, .target = "sm89"}))
    if (gpu->runs(plan)) gpu->run(plan);
  EXPECT_EQ(asked.instructions.size(), 88u);
  bool registers = false;
  for (const cuda::Instruction& one : asked.instructions) {
    EXPECT_TRUE(one.whole);
    registers = registers || (one.a_in_registers && one.columns == 256);
  }
  EXPECT_TRUE(registers);
}

TEST(GpuExecutor, RunsWhatTheTargetHas) {
  Asked asked;
  const std::unique_ptr<Executor> gpu = executor(asked);
  const auto runs = [&](const char* operation) {
    return gpu->runs({"x", {}, {"x", operation, {}, store::ProductCase{}}});
  };
  EXPECT_TRUE(runs("wgmma.m64n8k32.f32.e4m3.e4m3"));
  EXPECT_TRUE(runs("wgmma.sp.m64n8k64.f32.e4m3.e4m3"));
  EXPECT_TRUE(runs("mma.m16n8k32.f32.e4m3.e4m3.sm90"));
  EXPECT_FALSE(runs("mma.m16n8k32.f32.e4m3.e4m3.sm90.ptxas12"));
  EXPECT_FALSE(runs("mma.m16n8k32.f32.e4m3.e4m3.sm89"));
  EXPECT_TRUE(runs("cublaslt.fp8.fast_accum"));
  EXPECT_TRUE(runs("cvt.rn.satfinite.e4m3x2.f32"));
}

}  // namespace
}  // namespace octavo::experiments::capture
