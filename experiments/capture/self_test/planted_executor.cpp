// The way from operands to results, one step of which a planted error changes.
#include "experiments/capture/self_test/planted_error.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <vector>

#include "experiments/capture/self_test/planted_instruction.h"
#include "experiments/capture/self_test/planted_place.h"
#include "experiments/replay/emulator.h"
#include "experiments/replay/operation.h"
#include "experiments/replay/selection.h"
#include "formats/catalog.h"
#include "machine/share.h"
#include "sim/gemm/tensor_core/reference.h"

namespace octavo::experiments::capture {
namespace {

using replay::BlockOrder;
using replay::ConversionOperation;
using replay::LibraryModel;
using replay::LibraryResults;
using replay::ProductOperation;
using sim::gemm::Architecture;
using sim::gemm::Element;
using sim::gemm::ElementTable;

float as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }

class PlantedExecutor final : public Executor {
 public:
  PlantedExecutor(std::optional<PlantedError> error, std::string target) : error_(error), target_(std::move(target)) {}

  std::string source() const override { return "octavo with a planted error"; }
  std::string target() const override { return target_; }
  bool runs(const Plan&) const override { return true; }

  void run(Plan& plan) override {
    const replay::Operation& what = replay::operation(plan.one.operation);
    if (const auto* conversion = std::get_if<ConversionOperation>(&what)) {
      auto& data = std::get<store::ConversionCase>(plan.one.data);
      ConversionOperation changed = *conversion;
      if (is(PlantedError::conversion_toward_zero)) changed.rounding = formats::Rounding::toward_zero;
      data.output.values = replay::emulate(changed, data);
      return;
    }
    auto& data = std::get<store::ProductCase>(plan.one.data);
    const auto& product = std::get<ProductOperation>(what);
    if (!product.sparse()) {
      multiply(product, data);
      if (error_ && !product.library()) misplace(*error_, data);
      return;
    }
    store::ProductCase terms = replay::selected_terms(data);
    if (is(PlantedError::selection_ignored)) take_first_two(data, terms);
    multiply(product, terms);
    data.d = terms.d;
    if (error_) misplace(*error_, data);
  }

 private:
  bool is(PlantedError error) const { return error_ == error; }

  /// b's elements as if the first two of every four were selected.
  static void take_first_two(const store::ProductCase& data, store::ProductCase& terms) {
    for (std::size_t i = 0; i < terms.b.size(); ++i) terms.b[i] = data.b[i / 2 * 4 + i % 2];
  }

  /// One output: the chain, cut into promoted pieces, of each part of K. Operands are a row each, in the parts' order.
  std::uint32_t output(const sim::gemm::TensorCoreProduct& product, const Architecture& row,
                       const std::vector<Element>& a, const std::vector<Element>& b,
                       const std::vector<std::int64_t>& bounds, std::uint32_t c) const {
    std::int64_t interval = product.promotion;
    if (interval > 0 && is(PlantedError::promotion_one_step_late)) interval += row.depth;
    std::vector<float> partials;
    for (std::size_t part = 0; part + 1 < bounds.size(); ++part) {
      std::uint32_t sum = part == 0 && interval == 0 ? c : 0u;
      float total = part == 0 && interval > 0 ? as_float(c) : 0.0f;
      for (std::int64_t k = bounds[part]; k < bounds[part + 1]; k += row.depth) {
        sum = planted_instruction(error_, row, a.data() + k, b.data() + k, sum);
        const std::int64_t taken = k + row.depth - bounds[part];
        if (interval == 0 || (taken % interval != 0 && k + row.depth < bounds[part + 1])) continue;
        total = sim::gemm::canonical(total + as_float(sum));
        sum = 0;
      }
      if (interval == 0 && bounds.size() == 2) return sum;
      partials.push_back(interval == 0 ? as_float(sum) : total);
    }
    if (is(PlantedError::split_order_swapped)) std::ranges::reverse(partials);
    return std::bit_cast<std::uint32_t>(sim::gemm::add_parts(product.split.order, partials));
  }

  void multiply(const ProductOperation& operation, store::ProductCase& data) const {
    sim::gemm::TensorCoreProduct product = operation.product;
    if (data.promotion) product.promotion = *data.promotion;
    if (data.split_k) product.split.parts = static_cast<int>(*data.split_k);
    const Architecture& row = sim::gemm::resolve(product);
    const sim::gemm::DepthOrder order = sim::gemm::depth_order(product.split, data.depth, row.depth);
    const ElementTable a_table = sim::gemm::element_table(formats::spec(data.a_format), row.operands_as_f16);
    const ElementTable b_table = sim::gemm::element_table(formats::spec(data.b_format), row.operands_as_f16);
    const auto ordered = [&](const std::vector<std::uint8_t>& codes, const ElementTable& table, std::int64_t i) {
      std::vector<Element> elements;
      for (const std::int64_t k : order.order)
        elements.push_back(table[k < 0 ? 0 : codes[static_cast<std::size_t>(i * data.depth + k)]]);
      return elements;
    };
    const bool gemm = data.layout == store::CaseLayout::gemm;
    std::vector<std::vector<Element>> a_rows;
    std::vector<std::vector<Element>> b_rows;
    for (std::int64_t i = 0; i < data.a_rows; ++i) a_rows.push_back(ordered(data.a, a_table, i));
    for (std::int64_t j = 0; j < data.b_rows; ++j) b_rows.push_back(ordered(data.b, b_table, j));
    std::vector<float> accumulated(data.d.values.size());
    const auto columns = static_cast<double>(gemm ? b_rows.size() : 1);
    machine::share(data.a_rows, 10.0 * static_cast<double>(data.depth) * columns, [&](std::int64_t number) {
      const auto i = static_cast<std::size_t>(number);
      for (std::size_t j = gemm ? 0 : i; j < (gemm ? b_rows.size() : i + 1); ++j) {
        const std::size_t at = gemm ? i * b_rows.size() + j : i;
        const std::uint32_t c = data.c && !data.call ? data.c->values[at] : 0u;
        std::uint32_t d = output(product, row, a_rows[i], b_rows[j], order.bounds, c);
        // The library's epilogue adds +0, which makes a sum of -0 +0.
        if (operation.library() && !data.call) d = std::bit_cast<std::uint32_t>(as_float(d) + 0.0f);
        data.d.values[at] = d;
        accumulated[at] = as_float(d);
      }
    });
    if (!data.call) return;
    if (replay::scales_blocks(*data.call))
      accumulated = replay::scaled_pieces(data, library(), [&](std::int64_t i, std::int64_t j) {
        std::vector<float> pieces;
        for (std::int64_t k = 0; k < data.depth; k += 128)
          pieces.push_back(
              as_float(output(instructions_of(product), row, a_rows[static_cast<std::size_t>(i)],
                              b_rows[static_cast<std::size_t>(j)], {k, std::min(k + 128, data.depth)}, 0)));
        return pieces;
      });
    const LibraryResults results = replay::finish(data, library(), accumulated);
    data.d.values = results.d;
    if (data.call->amax) data.call->amax = results.amax;
  }

  /// The chain alone.
  static sim::gemm::TensorCoreProduct instructions_of(sim::gemm::TensorCoreProduct product) {
    product.promotion = 0;
    return product;
  }

  LibraryModel library() const {
    LibraryModel model;
    if (is(PlantedError::scales_regrouped)) model.scales = sim::gemm::ScaleOrder::a_b_alpha;
    if (is(PlantedError::bias_added_last)) model.addends = sim::gemm::AddendOrder::c_before_bias;
    model.amax_after_scale = is(PlantedError::amax_after_scale);
    if (is(PlantedError::block_scales_regrouped)) model.blocks = BlockOrder::a_first;
    return model;
  }

  std::optional<PlantedError> error_;
  std::string target_;
};

}  // namespace

std::unique_ptr<Executor> make_planted(PlantedError error, const std::string& target) {
  return std::make_unique<PlantedExecutor>(error, target);
}

std::unique_ptr<Executor> make_unplanted(const std::string& target) {
  return std::make_unique<PlantedExecutor>(std::nullopt, target);
}

}  // namespace octavo::experiments::capture
