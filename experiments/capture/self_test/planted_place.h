// Results at wrong places.
#pragma once

#include "experiments/capture/self_test/planted_error.h"
#include "experiments/store/cases/cases.h"

namespace octavo::experiments::capture {

/// Puts results where the error has them, if it is one of places: of products that are no library's. Throws
/// cuda::NeverWritten for results that it leaves unwritten.
void misplace(PlantedError error, store::ProductCase& data);

}  // namespace octavo::experiments::capture
