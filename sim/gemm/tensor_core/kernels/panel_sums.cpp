// The chain, the instructions and the parts of every sum, as the product says; exceptions come from the reference.
#include "sim/gemm/tensor_core/kernels/panel_sums.h"

#include <algorithm>

namespace octavo::sim::gemm {

PanelSums::PanelSums(const Job& job, std::int64_t panel, std::int64_t first, std::int64_t last, float* memory)
    : job_(job),
      first_(first),
      last_(last),
      column_(panel * kStepColumns),
      columns_(std::min<std::int64_t>(kStepColumns, job.b.rows - column_)),
      count_((last - first + kStepRows - 1) / kStepRows * kStepRows * kStepColumns),
      chain_(memory),
      instructions_(memory + (job.sums_afterwards() ? count_ : 0)),
      total_(instructions_ + (job.promotes() ? count_ : 0)),
      parts_(total_ + count_) {}

void PanelSums::add(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block) {
  if (part == 0 && from == 0) begin();
  add_steps(a_blocks, from, to, part, b_block);
  if (part + 1 == job_.parts() && to == job_.bound(part + 1)) finish();
}

void PanelSums::begin() {
  collect_exceptions();
  zero();
  if (!job_.accumulate) return;
  const bool round = job_.model.f16 && !job_.promotes();
  for (std::int64_t m = first_; m < last_; ++m)
    for (std::int64_t n = 0; n < columns_; ++n) {
      const float c = job_.d[m * job_.ldd + column_ + n];
      if (job_.addend_is_extreme(c)) continue;
      total_[(m - first_) * kStepColumns + n] =
          round ? accumulator_value(Accumulator::f16, accumulator_bits(Accumulator::f16, c)) : c;
    }
}

void PanelSums::add_steps(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block) {
  const std::int64_t groups = count_ / (kStepRows * kStepColumns);
  const std::int64_t panel = column_ / kStepColumns;
  const std::int64_t begin = job_.bound(part);
  const std::int64_t end = job_.bound(part + 1);
  for (std::int64_t k = from; k < to; k += job_.row.group, a_blocks += groups * job_.step.a_block_bytes) {
    job_.step.expand_b(job_.model, job_.b.panel(panel) + k * kStepColumns, b_block);
    const std::int64_t done = k + job_.row.group - begin;
    if (job_.sums_afterwards())
      add_to_instructions(a_blocks, groups, b_block, done);
    else
      job_.step.run(job_.model, a_blocks, groups, b_block, chain_);
    if (job_.promotes() && (done % job_.product.promotion == 0 || done == end - begin))
      (job_.sums_afterwards() ? job_.kernel.promote_sums : job_.kernel.promote)(total_, instructions_, count_,
                                                                                job_.mask());
  }
  if (job_.parts() > 1 && to == end) {
    std::copy_n(total_, count_, parts_ + part * count_);
    zero();
  }
}

void PanelSums::add_to_instructions(const std::byte* a_blocks, std::int64_t groups, const void* b_block,
                                    std::int64_t done) {
  const auto& step = job_.step;
  const std::int64_t within = done % job_.row.depth;
  const bool alone = job_.row.group == job_.row.depth;  // then first and last are one
  if (step.run_last != nullptr && within == 0 && !alone)
    return step.run_last(job_.model, a_blocks, groups, b_block, chain_, instructions_);
  if (step.run_first != nullptr && within == job_.row.group && !alone)
    return step.run_first(job_.model, a_blocks, groups, b_block, chain_);
  step.run(job_.model, a_blocks, groups, b_block, chain_);
  if (within == 0)
    (job_.model.f16 ? job_.kernel.promote_f16 : job_.kernel.promote)(instructions_, chain_, count_, job_.mask());
}

void PanelSums::finish() {
  const auto copy = job_.c_enters_the_step() ? job_.kernel.copy_chains : job_.kernel.copy_sums;
  std::vector<float> partials(static_cast<std::size_t>(job_.parts()));
  for (int part = 0; part < job_.parts() && job_.parts() > 1; ++part)
    copy(parts_ + part * count_, count_, job_.mask(), parts_ + part * count_);
  for (std::int64_t m = first_; m < last_; ++m) {
    const std::int64_t row = (m - first_) * kStepColumns;
    float* to = job_.d + m * job_.ldd + column_;
    // Rows of D often lie a power of two apart: every one is another page, and few fit into the cache together.
    constexpr std::int64_t kAhead = 8;
    if (m + kAhead < last_)
      for (std::int64_t n = 0; n < columns_; n += 16) __builtin_prefetch(to + kAhead * job_.ldd + n, 1);
    if (job_.parts() == 1) {
      copy(total_ + row, columns_, job_.mask(), to);
    } else {
      for (std::int64_t n = 0; n < columns_; ++n) {
        for (int part = 0; part < job_.parts(); ++part)
          partials[static_cast<std::size_t>(part)] = parts_[part * count_ + row + n];
        to[n] = add_parts(job_.product.split.order, partials);
      }
    }
  }
  for (const Exception& exception : exceptions_) job_.d[exception.m * job_.ldd + exception.n] = exception.value;
}

void PanelSums::zero() { std::fill(chain_, total_ + count_, 0.0f); }

void PanelSums::collect_exceptions() {
  if (!job_.a.any_special && !job_.b.any_special && !job_.accumulate) return;
  for (std::int64_t m = first_; m < last_; ++m)
    for (std::int64_t n = column_; n < column_ + columns_; ++n) {
      const float c = job_.accumulate ? job_.d[m * job_.ldd + n] : 0.0f;
      if (job_.a.special[static_cast<std::size_t>(m)] != 0 || job_.b.special[static_cast<std::size_t>(n)] != 0 ||
          job_.addend_is_extreme(c))
        exceptions_.push_back({m, n, job_.reference(m, n, c)});
    }
}

}  // namespace octavo::sim::gemm
