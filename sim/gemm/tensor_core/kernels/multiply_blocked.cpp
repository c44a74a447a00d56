// Blocking of tensor-core products: which codes meet in which step, and on which thread.
//
// A block of rows of A meets a few panels of B at a time. Their sums stay in memory while the depth goes by in blocks
// of a few steps, so that A's expanded share of such a block stays in the L2 cache for all panels; each step of a panel
// is expanded once per block of rows, just before it is used.
#include "sim/gemm/tensor_core/kernels/multiply_blocked.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "machine/share.h"
#include "sim/gemm/tensor_core/kernels/blocked_product.h"
#include "sim/gemm/tensor_core/kernels/pack_scales.h"
#include "sim/gemm/tensor_core/kernels/panel_sums.h"
#include "sim/gemm/tensor_core/kernels/scaled_groups.h"
#include "sim/gemm/tensor_core/kernels/step_model.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;

constexpr std::int64_t kBlockRows = 512;
constexpr std::int64_t kBlockPanels = 32;
constexpr std::int64_t kBlockDepth = 256;
/// Nanoseconds of a multiply-add, about.
constexpr double kToMultiply = 0.04;

/// What the threads of one product share, in turn for each block.
struct Shared {
  Buffer<std::byte> a_blocks;
  Buffer<float> sums;
  std::vector<PanelSums> panels;
};

/// Rows [first, last) of A with the first `panels` of the shared panels of B, on at most `team` threads.
void multiply_block(const BlockedProduct& blocked, Shared& shared, std::int64_t first, std::int64_t last,
                    std::int64_t panels, int team) {
  const std::int64_t groups = (last - first + kStepRows - 1) / kStepRows;
  for (int part = 0; part < blocked.parts(); ++part)
    for (std::int64_t from = blocked.bound(part), to = from;
         from == blocked.bound(part) || from < blocked.bound(part + 1); from += kBlockDepth) {
      to = std::min(from + kBlockDepth, blocked.bound(part + 1));  // at `from` if the part is empty
      machine::share_pieces(groups, 2, team, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t group = begin; group < end; ++group) {
          const std::int64_t m = first + group * kStepRows;
          const int rows = static_cast<int>(std::min<std::int64_t>(kStepRows, last - m));
          std::byte* block = shared.a_blocks.data() + group * blocked.step.a_block_bytes;
          for (std::int64_t k = from; k < to; k += blocked.row.group, block += groups * blocked.step.a_block_bytes)
            blocked.step.expand_a(blocked.model, blocked.a.row(m, k), blocked.a.row_bytes(), rows, block);
        }
      });
      machine::share_pieces(panels, 1, team, [&](std::int64_t begin, std::int64_t end) {
        const Buffer<std::byte> b_block(blocked.step.b_block_bytes);
        for (std::int64_t p = begin; p < end; ++p)
          shared.panels[static_cast<std::size_t>(p)].add(shared.a_blocks.data(), from, to, part, b_block.data());
      });
    }
}

}  // namespace

bool can_block(const Architecture& row) {
  if (row.datapath == Datapath::scaled_groups)
    return row.depth == kScaledDepth && row.operands == OperandFormats::fp4 && row.negative_zero &&
           row.output == OutputRounding::f32_toward_zero && row.zero_products == ZeroProducts::fixed_exponent;
  if (row.scale == BlockScale::required &&
      (row.accumulator != Accumulator::f32 || row.depth != row.group || row.fraction_bits != 25))
    return false;
  return row.datapath == Datapath::fused && row.groups == GroupSum::chained &&
         row.operands != OperandFormats::fp16_bf16 && row.zeros_are_neutral(-32) &&
         (row.group == kStepDepth / 2 || row.group == kStepDepth) &&
         (row.fraction_bits == 13 || row.fraction_bits == 25) &&
         (row.accumulator == Accumulator::f32 || row.negative_zero);
}

std::unique_ptr<Packed> pack_blocked(const TensorCoreProduct& product, const Architecture& row, Side side,
                                     const Operand& operand) {
  if (row.datapath == Datapath::scaled_groups) return pack_scaled_groups(row, side, operand);
  return pack_steps(product, row, side, operand);
}

void multiply_blocked(const TensorCoreProduct& product, const Architecture& row, machine::InstructionSet set,
                      StepRung rung, const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                      bool accumulate) {
  const auto& a = static_cast<const PackedSteps&>(packed_a);
  const auto& b = static_cast<const PackedSteps&>(packed_b);
  assert(a.side == Side::a && b.side == Side::b && a.depth == b.depth && ldd >= b.rows);
  assert(a.scales.format == b.scales.format);
  const TensorCoreKernel& kernel = kernel_of(set);
  const auto index = static_cast<std::size_t>(rung);
  const TensorCoreStep& step = row.datapath == Datapath::scaled_groups                        ? kernel.scaled_groups
                               : row.fraction_bits == 13                                      ? kernel.narrow[index]
                               : row.scale == BlockScale::required && rung == StepRung::fused ? kernel.moved
                                                                                              : kernel.wide[index];
  const BlockedProduct blocked{
      product, row, kernel, step, a, b, step_model(row, a.format, b.format, a.scales.format), d, ldd, accumulate};
  if (a.rows == 0 || b.rows == 0) return;

  const std::int64_t block_rows = std::min(kBlockRows, (a.rows + kStepRows - 1) / kStepRows * kStepRows);
  const std::int64_t block_panels = std::min(kBlockPanels, b.panels());
  const std::int64_t block_steps = std::min(kBlockDepth, a.padded_depth()) / row.group;
  const std::int64_t panel_floats = blocked.floats_per_sum() * block_rows * kStepColumns;
  Shared shared{.a_blocks = Buffer<std::byte>(block_rows / kStepRows * block_steps * blocked.step.a_block_bytes),
                .sums = Buffer<float>(block_panels * panel_floats),
                .panels = {}};
  // One team for a product's loops: they follow each other before a thread could fall asleep.
  const int team = machine::threads_for(kToMultiply * static_cast<double>(a.rows * b.rows * a.padded_depth()));
  for (std::int64_t first = 0; first < a.rows; first += kBlockRows) {
    const std::int64_t last = std::min(a.rows, first + kBlockRows);
    for (std::int64_t panel = 0; panel < b.panels(); panel += kBlockPanels) {
      const std::int64_t panels = std::min(kBlockPanels, b.panels() - panel);
      shared.panels.clear();
      for (std::int64_t p = 0; p < panels; ++p)
        shared.panels.emplace_back(blocked, panel + p, first, last, shared.sums.data() + p * panel_floats);
      multiply_block(blocked, shared, first, last, panels, team);
    }
  }
}

}  // namespace octavo::sim::gemm
