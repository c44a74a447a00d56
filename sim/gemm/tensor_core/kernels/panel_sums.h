// The sums of one panel of B with some rows of A, while the depth goes by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/gemm/tensor_core/kernels/blocked_product.h"
#include "sim/gemm/tensor_core/kernels/panel_scales.h"

namespace octavo::sim::gemm {

/// The sums of one panel of B with rows [first, last) of A, and the outputs that the reference computes.
class PanelSums {
 public:
  /// `memory`: product.floats_per_sum() floats for each sum, those of missing rows included; aligned to 64 bytes.
  PanelSums(const BlockedProduct& product, std::int64_t panel, std::int64_t first, std::int64_t last, float* memory);

  /// Steps over [from, to) of the depth, within one part. `a_blocks` is [step][group]. The first call begins the sums,
  /// the last one writes D. `b_block` is the thread's, for a step of the panel.
  void add(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block);

 private:
  struct Exception {
    std::int64_t m, n;
    float value;
  };

  void begin();
  void add_steps(const std::byte* a_blocks, std::int64_t from, std::int64_t to, int part, void* b_block);
  /// A step of an instruction whose addend comes afterwards; `done` elements of the depth will be over.
  void add_to_instructions(const std::byte* a_blocks, std::int64_t groups, const void* b_block, std::int64_t done);
  void finish();
  void zero();
  void collect_exceptions();
  /// The sums in units of the scales of this step, or of 1 (-1), where steps do not multiply them.
  void move(std::int64_t step);

  const BlockedProduct& product_;
  std::int64_t first_, last_, column_, columns_;
  std::int64_t count_;  ///< sums, those of missing rows included
  float* chain_;
  float* instructions_;  ///< the chain itself unless c is added afterwards
  float* total_;         ///< the outermost sum, which c starts
  float* parts_;
  std::vector<Exception> exceptions_;
  std::optional<PanelScales> scales_;
};

}  // namespace octavo::sim::gemm
