// From the name in a recipe to an engine.
#include "sim/gemm/catalog/engines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "messages/error.h"
#include "messages/suggestion.h"
#include "sim/gemm/tensor_core/architectures.h"
#include "sim/gemm/tensor_core/kernels/engine.h"
#include "sim/gemm/values/bf16.h"
#include "sim/gemm/values/eigen.h"
#include "sim/gemm/values/exact.h"
#include "sim/gemm/values/fp16_accumulate.h"
#include "sim/gemm/values/fp32/fp32.h"
#include "sim/gemm/values/fp64.h"

namespace octavo::sim::gemm {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Engine> (*make)();
};

constexpr std::array kPlain{Entry{"fp32", make_fp32},
                            Entry{"fp64", make_fp64},
                            Entry{"eigen", make_eigen},
                            Entry{"exact", make_exact},
                            Entry{"fp16-accumulate", make_fp16_accumulate},
                            Entry{"bf16", make_bf16}};

// Rows of codes of at most 8 bits: the tensor cores that a recipe's casts can feed.
bool usable(const Architecture& row) { return row.operands != OperandFormats::fp16_bf16; }

}  // namespace

std::vector<std::string_view> engine_names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kPlain) names.push_back(entry.name);
  for (const Architecture& row : architectures())
    if (usable(row) && names.back() != row.name) names.push_back(row.name);
  return names;
}

std::unique_ptr<Engine> make_engine(const scaling::Gemm& gemm, scaling::LinearProduct which) {
  const std::vector<std::string_view> names = engine_names();
  if (std::find(names.begin(), names.end(), gemm.engine) == names.end())
    throw Error(
        fmt::format("engine '{}' is unknown; {}", gemm.engine,
                    messages::suggestion(gemm.engine, names, fmt::format("engines: {}", fmt::join(names, ", ")))));
  for (const Entry& entry : kPlain) {
    if (entry.name != gemm.engine) continue;
    if (gemm.accumulator != formats::Accumulator::f32 || gemm.promotion != decltype(gemm.promotion){})
      throw Error(
          fmt::format("engine \"{}\" takes no accumulator and no promotion; those are for tensor cores such as "
                      "hopper-wgmma",
                      gemm.engine));
    return entry.make();
  }
  TensorCoreProduct product;
  product.architecture = gemm.engine;
  product.accumulator = gemm.accumulator;
  product.promotion = gemm.promotion[static_cast<std::size_t>(which)];
  return make_tensor_core(product);
}

}  // namespace octavo::sim::gemm
