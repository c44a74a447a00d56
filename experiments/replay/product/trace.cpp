// The instructions behind one result.
#include "experiments/replay/emulator.h"
#include "sim/gemm/tensor_core/split_k.h"

namespace octavo::experiments::replay {

using sim::gemm::DepthOrder;
using sim::gemm::Element;
using sim::gemm::ElementTable;

std::vector<StepTrace> EmulatedProduct::trace(std::int64_t result) const {
  std::vector<StepTrace> steps;
  if (row_ == nullptr || row_->datapath != sim::gemm::Datapath::fused) return steps;
  const DepthOrder order = sim::gemm::depth_order(product_.split, data_.depth, row_->depth);
  const ElementTable a_table = sim::gemm::element_table(a_format_, row_->operands_as_f16);
  const ElementTable b_table = sim::gemm::element_table(b_format_, row_->operands_as_f16);
  const std::uint8_t* a = data_.a.data() + a_row(result) * data_.depth;
  const std::uint8_t* b = data_.b.data() + b_row(result) * data_.depth;
  for (std::size_t part = 0; part + 1 < order.bounds.size(); ++part) {
    std::uint32_t sum = part > 0 || library_ || product_.promotion > 0 ? 0u : addend(result);
    for (std::int64_t at = order.bounds[part]; at < order.bounds[part + 1]; at += row_->depth) {
      if (product_.promotion > 0 && (at - order.bounds[part]) % product_.promotion == 0) sum = 0;
      std::vector<Element> x, y;
      for (std::int64_t i = at; i < at + row_->depth; ++i) {
        const std::int64_t k = order.order[static_cast<std::size_t>(i)];
        x.push_back(k < 0 ? Element{} : a_table[a[k]]);
        y.push_back(k < 0 ? Element{} : b_table[b[k]]);
      }
      StepTrace step{order.order[static_cast<std::size_t>(at)], sum, sim::gemm::explain(*row_, x.data(), y.data(), sum),
                     sim::gemm::dot_add(*row_, x.data(), y.data(), sum)};
      sum = step.result;
      steps.push_back(std::move(step));
    }
  }
  return steps;
}

std::uint32_t EmulatedProduct::crossed(std::int64_t a_row, std::int64_t b_row, std::uint32_t c) const {
  const ElementTable a_table = sim::gemm::element_table(a_format_, row_->operands_as_f16);
  const ElementTable b_table = sim::gemm::element_table(b_format_, row_->operands_as_f16);
  std::vector<Element> x, y;
  for (std::int64_t k = 0; k < row_->depth; ++k) {
    x.push_back(a_table[data_.a[static_cast<std::size_t>(a_row * data_.depth + k)]]);
    y.push_back(b_table[data_.b[static_cast<std::size_t>(b_row * data_.depth + k)]]);
  }
  return sim::gemm::dot_add(*row_, x.data(), y.data(), c);
}

}  // namespace octavo::experiments::replay
