// One run as an HDF5 group: /runs/<n> of a run file, /run of a part.
#pragma once

#include "experiments/store/hdf5/file.h"
#include "experiments/store/runs/run.h"

namespace octavo::experiments::store {

/// Writes `run` into the empty group. `axes`, where given, holds the scales `bias` and `exponent` that then label the
/// histograms. A run without tokens gets no metrics, one without casts no tensors. Throws Error if that fails.
void write_run(const Group& group, const Run& run, const Group* axes = nullptr);

/// The run that write_run wrote, equal bit by bit. Throws Error if something is missing, of another type or shape, or
/// if the tensors are not in ascending order. Memory stays in proportion to the file's size.
Run read_run(const Group& group);

}  // namespace octavo::experiments::store
