// One tensor of a file as casts take it, and what a cast does to it.
#pragma once

#include <cstdint>
#include <vector>

#include "scaling/cast.h"
#include "sim/file/tensor.h"
#include "sim/file/tensor_file.h"

namespace octavo::experiments {

/// A tensor whose last dimension is K.
struct CastInput {
  sim::file::Tensor floats;     ///< of one stored in binary64, rounded to odd: scales are chosen from these
  std::vector<double> doubles;  ///< of one stored in binary64: codes and errors come from these
};

/// Loads tensor `info`. `k_first`: it is a matrix stored [K, N], and is transposed.
CastInput load_for_cast(const sim::file::TensorFile& file, const sim::file::TensorInfo& info, bool k_first);

struct Measured {
  scaling::CastOutcome outcome;
  std::vector<std::uint64_t> codes;  ///< how often each was given
  double amax = 0;                   ///< of the values as stored
};

/// What a tensor became: its codes, and what undoes each scale, row-major by blocks of `granularity`.
struct Codes {
  std::vector<std::uint8_t> codes;
  std::vector<float> inverses;
  std::vector<std::uint8_t> scale_codes{};  ///< under NVFP4: of the block scales as E4M3, times `tensor_inverse`
  float tensor_inverse = 1;
  scaling::Granularity granularity = scaling::kTensor;
};

/// Casts the tensor, and leaves the codes in `kept` unless that is null. For a policy with a history, the first of two
/// or more dimensions is time: each slice is cast under the scale that those before it led to. A tensor in binary64 is
/// rounded once, from there to the code, for any scale.
/// Stochastic rounding draws from `random`, whose step is that of the slice.
Measured measure(const CastInput& input, const scaling::Cast& cast, const formats::RandomStream& random = {},
                 Codes* kept = nullptr);

}  // namespace octavo::experiments
