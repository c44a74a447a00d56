// The chain, the instructions and the parts of every sum, as the product says; exceptions come from the reference.
#include "sim/gemm/tensor_core/kernels/panel_sums.h"

#include <algorithm>

namespace octavo::sim::gemm {

PanelSums::PanelSums(const BlockedProduct& product, std::int64_t panel, std::int64_t first, std::int64_t last,
                     float* memory)
    : product_(product),
      first_(first),
      last_(last),
      column_(panel * kStepColumns),
      columns_(std::min<std::int64_t>(kStepColumns, product.b.rows - column_)),
      count_((last - first + kStepRows - 1) / kStepRows * kStepRows * kStepColumns),
      chain_(memory),
      instructions_(memory + (product.sums_afterwards() ? count_ : 0)),
      total_(instructions_ + (product.promotes() ? count_ : 0)),
      parts_(total_ + count_) {
  if (product.moves_sums()) scales_.emplace(product, panel, first, last);
}

void PanelSums::add(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block) {
  if (part == 0 && from == 0) begin();
  add_steps(a_blocks, from, to, part, b_block);
  if (part + 1 == product_.parts() && to == product_.bound(part + 1)) finish();
}

void PanelSums::begin() {
  collect_exceptions();
  zero();
  if (!product_.accumulate) return;
  const bool round = product_.model.f16 && !product_.promotes();
  for (std::int64_t m = first_; m < last_; ++m)
    for (std::int64_t n = 0; n < columns_; ++n) {
      const float c = product_.d[m * product_.ldd + column_ + n];
      if (product_.addend_is_extreme(c)) continue;
      total_[(m - first_) * kStepColumns + n] =
          round ? accumulator_value(formats::Accumulator::f16, accumulator_bits(formats::Accumulator::f16, c)) : c;
    }
}

void PanelSums::add_steps(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block) {
  const std::int64_t groups = count_ / (kStepRows * kStepColumns);
  const std::int64_t panel = column_ / kStepColumns;
  const std::int64_t begin = product_.bound(part);
  const std::int64_t end = product_.bound(part + 1);
  for (std::int64_t k = from; k < to; k += product_.row.group, a_blocks += groups * product_.step.a_block_bytes) {
    product_.step.expand_b(product_.model, product_.b.panel(panel, k), b_block);
    if (scales_) move(k / product_.row.group);
    const std::int64_t done = k + product_.row.group - begin;
    if (product_.sums_afterwards())
      add_to_instructions(a_blocks, groups, b_block, done);
    else
      product_.step.run(product_.model, a_blocks, groups, b_block, chain_);
    if (product_.promotes() && (done % product_.description.promotion == 0 || done == end - begin))
      (product_.sums_afterwards() ? product_.kernel.promote_sums : product_.kernel.promote)(total_, instructions_,
                                                                                            count_, product_.mask());
  }
  if (product_.parts() > 1 && to == end) {
    std::copy_n(total_, count_, parts_ + part * count_);
    zero();
  }
}

void PanelSums::add_to_instructions(const std::byte* a_blocks, std::int64_t groups, const void* b_block,
                                    std::int64_t done) {
  const auto& step = product_.step;
  const std::int64_t within = done % product_.row.depth;
  const bool alone = product_.row.group == product_.row.depth;  // then first and last are one
  if (step.run_last != nullptr && within == 0 && !alone)
    return step.run_last(product_.model, a_blocks, groups, b_block, chain_, instructions_);
  if (step.run_first != nullptr && within == product_.row.group && !alone)
    return step.run_first(product_.model, a_blocks, groups, b_block, chain_);
  step.run(product_.model, a_blocks, groups, b_block, chain_);
  if (within == 0)
    (product_.model.f16 ? product_.kernel.promote_f16 : product_.kernel.promote)(instructions_, chain_, count_,
                                                                                 product_.mask());
}

void PanelSums::move(std::int64_t step) {
  std::vector<PanelScales::Lost> lost;
  scales_->move(chain_, step, lost);
  for (const auto& [m, n] : lost) {
    if (product_.a.special[static_cast<std::size_t>(m)] != 0 || product_.b.special[static_cast<std::size_t>(n)] != 0)
      continue;  // an exception already
    exceptions_.push_back({m, n, product_.reference(m, n, product_.accumulate ? product_.d[m * product_.ldd + n] : 0)});
  }
}

void PanelSums::finish() {
  if (scales_) move(-1);
  const auto copy = product_.c_enters_the_step() ? product_.kernel.copy_chains : product_.kernel.copy_sums;
  std::vector<float> partials(static_cast<std::size_t>(product_.parts()));
  for (int part = 0; part < product_.parts() && product_.parts() > 1; ++part)
    copy(parts_ + part * count_, count_, product_.mask(), parts_ + part * count_);
  for (std::int64_t m = first_; m < last_; ++m) {
    const std::int64_t row = (m - first_) * kStepColumns;
    float* to = product_.d + m * product_.ldd + column_;
    // Rows of D often lie a power of two apart: every one is another page, and few fit into the cache together.
    constexpr std::int64_t kAhead = 8;
    if (m + kAhead < last_)
      for (std::int64_t n = 0; n < columns_; n += 16) __builtin_prefetch(to + kAhead * product_.ldd + n, 1);
    if (product_.parts() == 1) {
      copy(total_ + row, columns_, product_.mask(), to);
    } else {
      for (std::int64_t n = 0; n < columns_; ++n) {
        for (int part = 0; part < product_.parts(); ++part)
          partials[static_cast<std::size_t>(part)] = parts_[part * count_ + row + n];
        to[n] = add_parts(product_.description.split.order, partials);
      }
    }
  }
  for (const Exception& exception : exceptions_) product_.d[exception.m * product_.ldd + exception.n] = exception.value;
}

void PanelSums::zero() { std::fill(chain_, total_ + count_, 0.0f); }

void PanelSums::collect_exceptions() {
  if (!product_.a.any_special && !product_.b.any_special && !product_.accumulate) return;
  for (std::int64_t m = first_; m < last_; ++m)
    for (std::int64_t n = column_; n < column_ + columns_; ++n) {
      const float c = product_.accumulate ? product_.d[m * product_.ldd + n] : 0.0f;
      if (product_.a.special[static_cast<std::size_t>(m)] != 0 ||
          product_.b.special[static_cast<std::size_t>(n)] != 0 || product_.addend_is_extreme(c))
        exceptions_.push_back({m, n, product_.reference(m, n, c)});
    }
}

}  // namespace octavo::sim::gemm
