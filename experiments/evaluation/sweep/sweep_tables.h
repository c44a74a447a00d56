// What a sweep found: its points beside the baseline and AMAX, and where a constant bias holds.
#pragma once

#include <filesystem>
#include <vector>

#include "experiments/evaluation/non_finite.h"
#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/sweep/sweep_grid.h"
#include "experiments/store/runs/part_folder.h"
#include "experiments/store/runs/rows/sweep_rows.h"

namespace octavo::experiments {

using store::Reference;

struct SweepResult {
  std::vector<store::SweepRow> rows;
  std::vector<store::IntervalRow> intervals;  ///< none of a grid
  NonFinite non_finite;  ///< the tensors of the AMAX point, the tokens of the baseline; the losses of all points
};

/// The tables of a grid whose points are all there. `axis`: of the AMAX point's tensors. Throws Error if one is not.
SweepResult sweep_tables(const std::vector<SweepPoint>& grid, const TensorAxis& axis, const SweepFlags& flags,
                         const store::PartFolder& parts);

/// The same from a finished run file. Throws Error if it is none.
SweepResult read_sweep(const std::filesystem::path& out);

/// What a row says of its point beside a reference.
const store::Comparison& beside(const store::SweepRow& row, Reference reference);

/// The longest run of consecutive biases that hold against the reference, the lower one among equals, and what is
/// undecided. `rows`: the constant-bias rows of one target, ascending. amax_bias_min is left to be filled in.
store::IntervalRow longest_interval(const std::vector<store::SweepRow>& rows, Reference reference);

}  // namespace octavo::experiments
