// Candidate orders of a library's operations against recorded calls.
#include "experiments/replay/fit/library_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "experiments/replay/emulator.h"
#include "experiments/replay/library_model.h"
#include "experiments/replay/operation.h"

namespace octavo::experiments::replay {
namespace {

using sim::gemm::AddendOrder;
using sim::gemm::ScaleOrder;

struct Candidates {
  std::vector<LibraryModel> models;
  std::vector<std::vector<std::string>> values;
};

std::string_view name(BlockOrder order) {
  switch (order) {
    case BlockOrder::cutlass:
      return "as CUTLASS";
    case BlockOrder::product_first:
      return "product of both first";
    case BlockOrder::b_first:
      return "b's first";
    case BlockOrder::a_first:
      return "a's first";
  }
  return "";
}

/// Every combination of what decides d; and, beside the model's, what decides amax alone.
Candidates candidates() {
  Candidates all;
  const auto add = [&](const LibraryModel& model) {
    all.models.push_back(model);
    all.values.push_back({std::string(sim::gemm::name(model.scales)), std::string(sim::gemm::name(model.addends)),
                          model.adds_zero ? "+0 added" : "nothing added", std::string(name(model.blocks)),
                          model.amax_after_scale ? "after d_scale" : "before d_scale",
                          model.amax_skips_nan ? "skips NaN" : "NaN if there is one"});
  };
  for (const ScaleOrder scales :
       {ScaleOrder::alpha_a_b, ScaleOrder::alpha_b_a, ScaleOrder::a_b_alpha, ScaleOrder::one_by_one})
    for (const AddendOrder addends :
         {AddendOrder::bias_inside, AddendOrder::c_inside, AddendOrder::c_before_bias, AddendOrder::rounded})
      for (const bool adds_zero : {true, false})
        for (const bool after : {false, true})
          for (const bool skips : {false, true})
            add({.scales = scales,
                 .addends = addends,
                 .adds_zero = adds_zero,
                 .amax_after_scale = after,
                 .amax_skips_nan = skips});
  for (const BlockOrder blocks : {BlockOrder::product_first, BlockOrder::b_first, BlockOrder::a_first})
    add({.blocks = blocks});
  return all;
}

const Candidates& every_candidate() {
  static const Candidates all = candidates();
  return all;
}

}  // namespace

void LibraryFit::add(const store::Case& recorded) {
  const auto* data = std::get_if<store::ProductCase>(&recorded.data);
  if (data == nullptr || !data->call) return;
  const Candidates& all = every_candidate();
  if (!tally_)
    tally_.emplace(std::vector<std::string_view>{"alpha and scales, in the library's a and b", "bias and C",
                                                 "without bias", "scales by block", "amax", "amax of NaN"},
                   all.values);
  const EmulatedProduct product(std::get<ProductOperation>(operation(recorded.operation)), *data);
  const std::vector<std::uint32_t> results = product.recorded();
  const std::vector<float> accumulated = product.accumulated();
  const auto first = recorded.id.find('.');
  const std::string where = recorded.id.substr(0, first) + ' ' + recorded.id.substr(recorded.id.rfind('.') + 1);
  for (std::size_t i = 0; i < all.models.size(); ++i) {
    const LibraryModel& model = all.models[i];
    const bool other_blocks = model.blocks != BlockOrder::cutlass;
    if (other_blocks && !scales_blocks(*data->call)) continue;
    const LibraryResults computed =
        finish(*data, model, other_blocks ? scaled_pieces(*data, model, product.pieces()) : accumulated);
    std::int64_t mismatches = data->call->amax && *data->call->amax != computed.amax ? 1 : 0;
    for (std::size_t at = 0; at < results.size(); ++at) mismatches += results[at] != computed.d[at] ? 1 : 0;
    tally_->add(i, where, mismatches);
  }
  results_ += static_cast<std::int64_t>(results.size()) + (data->call->amax ? 1 : 0);
}

std::string LibraryFit::text() const {
  if (!tally_) return {};
  return fmt::format("calls of cublaslt: {} results\n{}", results_, tally_->text());
}

}  // namespace octavo::experiments::replay
