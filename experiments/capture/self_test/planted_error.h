// Deliberate errors: what the self-test must find, and by which name.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "experiments/capture/executor.h"

namespace octavo::experiments::capture {

enum class PlantedError {
  neighbours_exchanged,       ///< results of single instructions and of our products, two and two
  tile_transposed,            ///< whole products: 8 x 8 of an instruction's D, 128 x 128 of our kernel's
  tail_unwritten,             ///< rows behind the last whole tile of our kernel's D
  one_fraction_bit_less,      ///< F - 1 at alignment
  one_fraction_bit_more,      ///< F + 1
  floor_of_terms,             ///< terms rounded down instead of toward zero
  sum_rounded_to_nearest,     ///< f32 sums rounded to 14 bits to nearest even instead of cut
  f16_sum_cut,                ///< f16 sums cut instead of rounded to nearest even
  zero_products_by_operands,  ///< the zero-product rule flipped
  promotion_one_step_late,    ///< after one instruction more than asked for
  split_order_swapped,        ///< parts of a split K added from the last to the first
  nan_with_payload,           ///< 0x7FC00000 and 0x7E00 instead of the canonical NaN
  conversion_toward_zero,     ///< FP8 conversions cut
  selection_ignored,          ///< of a sparse operand: always the first two of four
  scales_regrouped,           ///< alpha multiplied last
  bias_added_last,            ///< C before the bias
  amax_after_scale,           ///< of D instead of what D's scale multiplies
  block_scales_regrouped,     ///< the other operand's scale first
};

/// What a comparison says of the mismatches of a family, or the recorder of its cases.
enum class Finding : std::uint8_t { misplaced, near, far, nan_bits, amax, unwritten };
std::string_view name(Finding finding);

struct NamedError {
  PlantedError error;
  std::string_view name;
  Finding finding;                         ///< of most mismatches
  std::vector<std::string_view> families;  ///< each of which must find it as that
  /// Families whose results the fit of octavo compare --explain gets, and what it must say of them; none: no fit.
  std::vector<std::string_view> fitted{};
  std::string_view fit{};
};
std::span<const NamedError> planted_errors();

/// An independent path through instruction, chain, promotion and split-K; with no error planted it is the emulator.
std::unique_ptr<Executor> make_planted(PlantedError error, const std::string& target = "sm90");
std::unique_ptr<Executor> make_unplanted(const std::string& target = "sm90");

}  // namespace octavo::experiments::capture
