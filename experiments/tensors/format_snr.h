// octavo run formats: what each format makes of a tensor at each scale, on random tensors and on a model's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/evaluation/scoring.h"
#include "experiments/evaluation/subject.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/rows/tensor_rows.h"

namespace octavo::experiments {

struct FormatSnrFlags {
  SubjectFlags subject{};              ///< without a model: random tensors only
  std::vector<std::string> formats{};  ///< as formats::spec or formats::block_format takes them; empty: the usual ones
  int first_scale = -20;               ///< scales are 2^first_scale to 2^last_scale
  int last_scale = 20;
  std::int64_t elements = std::int64_t{1} << 20;  ///< of a random tensor, and at most of a curve of real ones
  std::uint64_t seed = 0;
};

struct FormatSnrResult {
  store::Header header;
  std::vector<store::FormatRow> rows;
};

/// For every source and format: a row a constant scale (`scaling` cscale), and one under each of AMAX, current scaling
/// (for int8: absmax) and the least squared error; a block format has one row under its own scales.
///
/// Sources: Gaussian, Laplace and Student-t numbers of unit deviation; Gaussians with 1 in 1024 elements at 10, 30, 100
/// and 300 deviations; with a model, weights and activations in the baseline, all kinds together and kind by kind.
/// There, policies choose a scale for each tensor of each window, and statistics are summed; curves take evenly spaced
/// values.
FormatSnrResult format_snr(const FormatSnrFlags& flags, const std::string& command, const Progress& progress);

/// Peak of each curve, the scales that stay within 1 dB of it, and the policies beside it.
std::string format_snr_text(const FormatSnrResult& result);
std::string format_snr_json(const FormatSnrResult& result);

}  // namespace octavo::experiments
