// The list of studies.
#include "experiments/studies/study.h"

#include <array>

#include "experiments/studies/every_study.h"

namespace octavo::experiments::studies {

std::span<const Study> studies() {
  static constexpr std::array kStudies{
      Study{"inference", "P1 T2, T3, Fig. 5", "AMAX and constant biases in inference", "3", inference},
      Study{"fine-tuning", "P1 T5", "fine-tuning under AMAX against FP16", "4", fine_tuning},
      Study{"fine-tuning-interval", "P1 T6", "constant biases that fine-tuning bears, by size", "8",
            fine_tuning_interval},
      Study{"bias-by-decoder", "P1 Fig. 6", "AMAX biases of weights and activations", "2", bias_by_decoder},
      Study{"bias-over-steps", "P1 Figs. 7-9", "AMAX biases while fine-tuning", "3", bias_over_steps},
      Study{"loss-overlap", "P1 Fig. 10", "training from scratch under AMAX against FP16", "4", loss_overlap},
      Study{"margin", "P1 3.2", "overflow of sums in FP16 by margin", "2", margin},
      Study{"loss-scale", "P1 3.1", "loss scales by type of sums and outputs", "2", loss_scale},
      Study{"element-formats", "P1 T7, 2.1", "E4M3 of Noune et al. and of OCP, INT8", "2", element_formats}};
  return kStudies;
}

}  // namespace octavo::experiments::studies
