// octavo gemm: one product through one or more engines, and where and by how much they differ, from one another or from
// a result of one's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/products/error_measures.h"
#include "experiments/products/gemm_operand.h"

namespace octavo::experiments {

struct GemmFlags {
  GemmSource a;
  GemmSource b;
  std::optional<scaling::Scaling> cast;  ///< of operands of values, to their formats
  std::vector<std::string> engines;
  /// Engine, or a .npy file of M x N results (float32, or float16: ours are rounded to it first); empty: the first
  /// engine, or exact if there is one only.
  std::string against;
  // Of tensor cores: each runs with every combination.
  std::vector<std::string> accumulators{"f32"};
  std::vector<std::int64_t> promotions{0};
  std::vector<int> splits{1};
};

/// One engine's product, and how it compares with the reference's.
struct GemmProduct {
  std::string engine;
  std::string description;  ///< everything that decides the bits
  std::string label;        ///< short, of the engine and what sets it apart from others of its name
  std::vector<float> d;     ///< M x N, unscaled
  ErrorMeasures error;
};

struct GemmResult {
  GemmOperand a;
  GemmOperand b;
  /// In the order of the flags; the reference first if it is not among them. A result of one's own has no engine.
  std::vector<GemmProduct> products;
  std::size_t reference = 0;
  bool own = false;  ///< the reference is a result of one's own
  std::string note;  ///< what was done to operands on the way; empty: nothing

  /// True if some product differs in a bit from a result of one's own.
  bool refuted() const;
};

/// D = A B^T for A of M x K and B of N x K. Throws Error for files, shapes, formats and engines that do not go
/// together, and where K would have to be filled up with zeros although that could change bits.
GemmResult gemm(const GemmFlags& flags);

}  // namespace octavo::experiments
