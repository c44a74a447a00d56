// The list of studies, in the order in which they are shown. A study is a line here and a file of its name, which
// defines `Study name()`: what it is called and about, and the function from a workshop to its tables.
#pragma once

#include "experiments/studies/study.h"

#define OCTAVO_STUDIES(STUDY) \
  STUDY(inference)            \
  STUDY(fine_tuning)          \
  STUDY(fine_tuning_interval) \
  STUDY(bias_by_decoder)      \
  STUDY(bias_over_steps)      \
  STUDY(loss_overlap)         \
  STUDY(margin)               \
  STUDY(loss_scale)           \
  STUDY(element_formats)

namespace octavo::experiments::studies {

#define OCTAVO_DECLARE(name) Study name();
OCTAVO_STUDIES(OCTAVO_DECLARE)
#undef OCTAVO_DECLARE

}  // namespace octavo::experiments::studies
