// Feeds arbitrary text to the reader of recipes; what it accepts must print as a recipe that reads back the same.
#include "scaling/recipe/recipe.h"
#include "tests/fuzz/seeded.h"

namespace {

const std::vector<std::string> kSeeds{
    R"(baseline = "bf16"
[cast]
weight     = { format = "e4m3", scaling = "amax" }
activation = { format = "e4m3fnuz", scaling = { cscale = { bias = -1 } } }
gradient   = { format = "e5m2", scaling = { amax = { margin = 3 } } }
[gemm]
engine = "hopper-wgmma"
[[override]]
layers = "decoder.*.attention.out"
activation = { scaling = { cscale = { bias = 2 } } }
[[override]]
layers = "decoder.1.*"
weight = { format = "none" }
gemm = { engine = "fp32" }
)",
    R"(baseline = "fp16"
cast.weight.format = "e3m4b9ieee"
cast.weight.scaling.amax = {}
gemm = {engine = "e\u00e9\U0001F600\u0007"}
override = [{layers = "*q", weight = {format = "e2m3"}}, {layers = "\"\\\t", gradient = {scaling = "amax"}}]
)"};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, kSeeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo::scaling;
  std::string printed;
  octavo::fuzz::expect_result_or_error([&] {
    const Recipe recipe = parse_recipe({reinterpret_cast<const char*>(data), size}, "recipe.toml");
    printed = to_toml(recipe);
    octavo::fuzz::expect_result_or_error([&] { recipe.resolve("decoder.0.attention.q"); });
  });
  if (!printed.empty() && to_toml(parse_recipe(printed, "printed")) != printed) std::abort();
  return 0;
}
