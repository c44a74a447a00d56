// A matrix of octavo gemm: read from a file as codes with their scales, or as values, and cast if that is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/tensors/cast/cast_tensor.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::experiments {

/// Where an operand comes from.
struct GemmSource {
  std::filesystem::path file;    ///< what open_tensors takes, a .npy of codes, or what octavo quantize --codes wrote
  std::string tensor;            ///< of a file of several
  std::string format;            ///< of codes, or to cast to; empty: the file's own, or e4m3
  std::filesystem::path scales;  ///< .npy, of codes in a .npy file
};

/// A matrix: codes under scales, or values.
struct GemmOperand {
  std::string name;           ///< base name of the file
  std::string sha256;         ///< of the file
  std::string format;         ///< of the codes; "float32" for values
  std::string scaling;        ///< as scaling::to_text gives it, or words of where the scales come from; empty: none
  std::string content;        ///< in words
  int bias = 0;               ///< where one power of two scales all: the codes stand for values times 2^bias; else 0
  std::int64_t nan = 0;       ///< values, or codes, that are NaN
  std::int64_t infinite = 0;  ///< likewise
  std::int64_t nan_scales = 0;
  std::int64_t rows = 0;
  std::int64_t depth = 0;
  std::optional<scaling::Cast> rule;  ///< how codes were made, as far as it is known
  Codes codes;                        ///< empty if there are values
  std::vector<float> values;          ///< empty if there are codes

  bool coded() const { return !codes.codes.empty(); }
};

/// `which`: a or b, as flags begin. `cast`: the scaling that values are cast under. Throws Error for a file, tensor or
/// format that does not go with the others.
GemmOperand read_operand(const GemmSource& source, const std::string& which,
                         const std::optional<scaling::Scaling>& cast);

}  // namespace octavo::experiments
