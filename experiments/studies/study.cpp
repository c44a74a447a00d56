// From the list of studies to the studies.
#include "experiments/studies/study.h"

#include <vector>

#include "experiments/studies/every_study.h"

namespace octavo::experiments::studies {

std::span<const Study> studies() {
#define OCTAVO_CALL(name) name(),
  static const std::vector<Study> studies{OCTAVO_STUDIES(OCTAVO_CALL)};
#undef OCTAVO_CALL
  return studies;
}

}  // namespace octavo::experiments::studies
