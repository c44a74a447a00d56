// octavo quantize: what formats and scalings do to the tensors of a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "experiments/store/runs/header.h"
#include "experiments/store/runs/rows/tensor_rows.h"
#include "experiments/store/runs/run.h"
#include "experiments/tensors/cast/tensor_source.h"
#include "experiments/tensors/codes_file.h"

namespace octavo::experiments {

struct QuantizeFlags {
  std::string tensor;  ///< wildcard over names, * matches any characters; empty: the only tensor
  std::vector<std::string>
      formats;  ///< as formats::spec (signed, of 8 bits at most) or formats::block_format takes them
  std::vector<std::string> scalings;  ///< as scaling::parse_scaling takes them; block formats bring their own
  bool transposed = false;            ///< matrices are stored [K, N], whatever a configuration beside them says
  std::string rounding = "nearest";   ///< as formats::rounding_named takes it
  int seed = 0;                       ///< of stochastic rounding
  std::filesystem::path codes{};      ///< where codes and scales are to go, of one format and scaling; empty: nowhere
};

/// One row and one run for each tensor x format x scaling, tensors in the file's order, ready for store::write_file. An
/// empty tensor has fractions of 0; SNR is over finite elements, and infinite where none of them changed. Blocks run
/// along K: the first dimension of a matrix that is stored [K, N], the last of every other tensor; for delayed scaling
/// and FP8-LM's the first of several dimensions (after a transposition) is time.
struct QuantizeResult {
  store::Header header;
  std::vector<store::TensorName> axis;
  std::vector<store::Run> runs;
  std::vector<store::QuantizeRow> rows;
  std::vector<std::uint64_t> non_finite;  ///< by row: elements that are infinite or NaN
  std::vector<int> k_dimension;           ///< by row: the dimension of the stored tensor that was taken for K
  std::vector<std::string> notes;         ///< what was passed over or worked out, a line each
  std::vector<CodedTensor> codes;         ///< if they are asked for: K is their last dimension
};

/// Casts every tensor that the flags name, one in memory at a time. `command` is the canonical command line; progress
/// gets the share done and the tensor. Throws Error if a flag is wrong, no tensor matches, or one cannot be read.
QuantizeResult quantize(const TensorSource& source, const QuantizeFlags& flags, const std::string& command,
                        const std::function<void(double, const std::string&)>& progress);

}  // namespace octavo::experiments
