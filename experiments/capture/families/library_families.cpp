// Operands of whole products.
#include "experiments/capture/families/library_families.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "experiments/capture/families/gemm_case.h"
#include "experiments/capture/families/rows/dot_rows.h"
#include "experiments/capture/families/tree_probe.h"

namespace octavo::experiments::capture {
namespace {

constexpr std::array kModes{"fast_accum", "split_accum"};
constexpr Types kE4m3{formats::e4m3, formats::e4m3};
constexpr Types kMixed{formats::e5m2, formats::e4m3};

}  // namespace

std::vector<Plan> chained_products(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const Types& types : every_type()) {
    if (!types.f32()) continue;
    for (const std::int64_t promotion : {0, 32, 64, 128}) {
      const std::string id = fmt::format("{}.promotion{}", types.suffix(), promotion);
      Random random = random_of(request.seed, std::string(family.id) + types.suffix());
      store::ProductCase data = gemm_case(types, {side(request), side(request), is_small(request) ? 256 : 4096},
                                          [&](std::int64_t) { return gaussian(random); });
      data.promotion = promotion;
      plans.push_back(library_plan(family, id, "wgmma.m64n8k32." + types.suffix(), std::move(data)));
    }
  }
  // Several blocks of the kernel, none of M, N and K a multiple of its tile of 128.
  for (const std::int64_t promotion : {0, 32, 64, 128}) {
    if (is_small(request) && promotion != 128) continue;  // almost 1 MB each
    const std::string id = fmt::format("{}.promotion{}.272x400x672", kMixed.suffix(), promotion);
    Random random = random_of(request.seed, std::string(family.id) + "272x400x672");
    store::ProductCase data = gemm_case(kMixed, {272, 400, 672}, [&](std::int64_t) { return gaussian(random); });
    data.promotion = promotion;
    plans.push_back(library_plan(family, id, "wgmma.m64n8k32." + kMixed.suffix(), std::move(data)));
  }
  return plans;
}

std::vector<Plan> library_tree_probes(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  const std::int64_t depth = is_small(request) ? 256 : 1024;
  for (const char* mode : kModes) {
    Random random = random_of(request.seed, family.id);
    std::vector<TreeProbe> probes;
    const std::int64_t wanted = std::min<std::int64_t>(request.count, 2 * depth);
    for (std::int64_t i = 0; i < wanted; ++i) {
      const auto first = i < depth - 1 ? 0 : static_cast<int>(below(random, static_cast<std::uint64_t>(depth)));
      auto second = i < depth - 1 ? static_cast<int>(i) + 1
                                  : static_cast<int>(below(random, static_cast<std::uint64_t>(depth - 1)));
      if (i >= depth - 1 && second >= first) ++second;
      probes.push_back({first, second});
    }
    plans.push_back(library_plan(family, mode, fmt::format("cublaslt.fp8.{}", mode), tree_probe_case(probes, depth)));
  }
  return plans;
}

std::vector<Plan> library_promotion(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const char* mode : kModes) {
    for (const std::int64_t k : {128, 160, 256, 384, 512, 1024, 2048}) {
      if (is_small(request) && k > 512) continue;
      Random random = random_of(request.seed, fmt::format("{}{}", family.id, k));
      plans.push_back(library_plan(family, fmt::format("{}.k{}", mode, k), fmt::format("cublaslt.fp8.{}", mode),
                                   gemm_case(kE4m3, {side(request), side(request), k},
                                             [&](std::int64_t) { return 1 + unit_interval(random); })));
    }
  }
  return plans;
}

std::vector<Plan> library_shapes(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  std::vector<Size> sizes{{16, 16, 256}, {16, 64, 512}, {64, 16, 144}};
  if (!is_small(request))
    sizes.insert(sizes.end(), {{64, 64, 1024}, {128, 128, 2048}, {128, 256, 512}, {256, 128, 4096}, {16, 16, 16384}});
  for (const char* mode : kModes) {
    for (const Size& size : sizes) {
      const std::string shape = fmt::format("{}x{}x{}", size.m, size.n, size.k);
      Random random = random_of(request.seed, std::string(family.id) + shape);
      plans.push_back(library_plan(family, fmt::format("{}.{}", mode, shape), fmt::format("cublaslt.fp8.{}", mode),
                                   gemm_case(kE4m3, size, [&](std::int64_t) { return gaussian(random); })));
    }
  }
  return plans;
}

std::vector<Plan> library_split_k(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const char* mode : kModes) {
    for (const std::int64_t parts : {2, 3, 4, 5}) {
      Random random = random_of(request.seed, fmt::format("{}{}", family.id, parts));
      // The order of parts shows only where their sums differ by more binades than f32 has bits to spare.
      std::vector<int> binades;
      for (int tile = 0; tile < 4096 / 128; ++tile) binades.push_back(static_cast<int>(below(random, 8)) - 4);
      const auto value = [&](std::int64_t k) {
        return std::ldexp(gaussian(random), binades[static_cast<std::size_t>(k / 128)]);
      };
      store::ProductCase data = gemm_case(kE4m3, {side(request), side(request), is_small(request) ? 768 : 4096}, value);
      data.split_k = parts;
      plans.push_back(library_plan(family, fmt::format("{}.split{}", mode, parts), fmt::format("cublaslt.fp8.{}", mode),
                                   std::move(data)));
    }
  }
  return plans;
}

}  // namespace octavo::experiments::capture
