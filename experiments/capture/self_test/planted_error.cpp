// The table of planted errors.
#include "experiments/capture/self_test/planted_error.h"

namespace octavo::experiments::capture {

std::string_view name(Finding finding) {
  switch (finding) {
    case Finding::misplaced:
      return "misplaced";
    case Finding::near:
      return "near";
    case Finding::far:
      return "far";
    case Finding::nan_bits:
      return "bits of NaN";
    case Finding::amax:
      return "amax";
    case Finding::unwritten:
      return "unwritten";
  }
  return "";
}

std::span<const NamedError> planted_errors() {
  using enum Finding;
  static const std::vector<NamedError> all{
      {PlantedError::neighbours_exchanged, "neighbours exchanged", misplaced, {"P1", "W11", "K8"}},
      {PlantedError::tile_transposed, "tile transposed", misplaced, {"P1", "K8"}},
      {PlantedError::tail_unwritten, "tail of a tile unwritten", unwritten, {"K8"}},
      {PlantedError::one_fraction_bit_less,
       "one fraction bit less",
       near,
       {"W3", "K6"},
       {"W1", "W3", "W5"},
       "fits all: 12, left out, 14 bits toward zero"},
      {PlantedError::one_fraction_bit_more,
       "one fraction bit more",
       near,
       {"W3", "K6"},
       {"W1", "W3", "W5"},
       "fits all: 14, left out, 14 bits toward zero"},
      {PlantedError::floor_of_terms, "floor of terms", near, {"W3"}, {"W3", "W5"}, "none of "},
      {PlantedError::sum_rounded_to_nearest, "sum rounded to nearest even", near, {"W5"}, {"W3", "W5"}, "none of "},
      {PlantedError::f16_sum_cut, "f16 sum cut", near, {"W10", "W13"}, {"W10"}, "none of "},
      {PlantedError::zero_products_by_operands,
       "zero products aligned by their operands",
       far,
       {"W1"},
       {"W1", "W3", "W5"},
       "fits all: 13, by operands, 14 bits toward zero"},
      {PlantedError::promotion_one_step_late,
       "promotion one step late",
       near,
       {"K8"},
       {"K8"},
       "interval that fits all: 64"},
      {PlantedError::split_order_swapped, "split-K order swapped", near, {"L4"}},
      {PlantedError::nan_with_payload, "NaN with payload", nan_bits, {"W8", "K6"}},
      {PlantedError::conversion_toward_zero, "conversion toward zero", near, {"C1"}},
      {PlantedError::selection_ignored, "selection of a sparse operand ignored", far, {"K6"}},
      {PlantedError::scales_regrouped, "alpha multiplied last", near, {"L5"}, {"L5", "L6"}, "fits all: (a b) alpha, "},
      {PlantedError::bias_added_last,
       "bias added last",
       near,
       {"L5"},
       {"L5", "L6"},
       "fits all: (alpha a) b, product, fma with C, bias"},
      {PlantedError::amax_after_scale,
       "amax after the output's scale",
       amax,
       {"L5"},
       {"L5", "L6"},
       ", after d_scale, NaN if"},
      {PlantedError::block_scales_regrouped,
       "block scales in the other order",
       near,
       {"L6"},
       {"L5", "L6"},
       "a's first fits"},
  };
  return all;
}

}  // namespace octavo::experiments::capture
