// What a library makes of the accumulated products: scales, epilogue, output type and amax, in every order that is
// open.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "experiments/store/cases/cases.h"
#include "sim/gemm/tensor_core/epilogue.h"
#include "sim/gemm/tensor_core/promote.h"

namespace octavo::experiments::replay {

/// How the scales of one block of K meet its sum. The library's first operand is our b, since its results are
/// column-major.
enum class BlockOrder : std::uint8_t {
  cutlass,  ///< b_first where both sides have a scale for each row, product_first where one has one for each tile
  product_first,
  b_first,
  a_first,
};

/// The order of operations; the first values are the model.
struct LibraryModel {
  sim::gemm::ScaleOrder scales = sim::gemm::ScaleOrder::alpha_a_b;  ///< a here is the library's: our b
  sim::gemm::AddendOrder addends = sim::gemm::AddendOrder::bias_inside;
  bool adds_zero = true;  ///< +0 stands for a bias that is not there, so that -0 becomes +0
  BlockOrder blocks = BlockOrder::cutlass;
  bool amax_after_scale = false;
  bool amax_skips_nan = false;
};

/// Sums of one output over each 128 of K.
using Pieces = std::function<std::vector<float>(std::int64_t a_row, std::int64_t b_row)>;

/// Numbers of 16 or 32 bits (bias, c) beside an output of that name.
std::vector<float> values_beside(const store::Bits& bits, const std::string& output);

/// True if the call has scales by block of K, whose sums it adds up itself.
bool scales_blocks(const store::LibraryCall& call);

/// The accumulated products of such a call: every piece times its scales, added in ascending K.
std::vector<float> scaled_pieces(const store::ProductCase& data, const LibraryModel& model, const Pieces& pieces);

struct LibraryResults {
  std::vector<std::uint32_t> d;
  std::uint32_t amax = 0;  ///< bits of f32
};

/// d and amax of a case with a call, from its accumulated products (row by row).
LibraryResults finish(const store::ProductCase& data, const LibraryModel& model, std::span<const float> accumulated);

}  // namespace octavo::experiments::replay
