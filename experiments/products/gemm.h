// octavo gemm: one product through one or more engines, and where and by how much they differ.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/products/error_measures.h"
#include "sim/gemm/engine.h"

namespace octavo::experiments {

struct GemmFlags {
  std::filesystem::path a;
  std::filesystem::path b;
  std::string a_format = "e4m3";
  std::string b_format = "e4m3";
  bool cast = false;  ///< operands of floating-point values, to those formats with their FP8-AMAX biases
  std::vector<std::string> engines;
  std::string against;  ///< engine; empty: the first one, or exact if there is one only
  // Of tensor cores: each runs with every combination.
  std::vector<std::string> accumulators{"f32"};
  std::vector<std::int64_t> promotions{0};
  std::vector<int> splits{1};
};

/// A matrix from a .npy file: codes, or values.
struct GemmOperand {
  std::string name;           ///< base name of the file
  std::string sha256;         ///< of the file
  std::string format;         ///< of the codes; "float32" for values
  std::string content;        ///< in words
  int bias = 0;               ///< the codes stand for values times 2^bias
  std::int64_t nan = 0;       ///< values, or codes, that are NaN
  std::int64_t infinite = 0;  ///< likewise
  bool scale_is_nan = false;  ///< a NaN among the values has no code: every result is NaN
  std::int64_t rows = 0;
  std::int64_t depth = 0;
  formats::Spec spec{};
  std::vector<std::uint8_t> codes;
  std::vector<float> values;  ///< empty if there are codes

  sim::gemm::Operand operand() const;
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
  std::vector<GemmProduct> products;  ///< in the order of the flags; the reference first if it is not among them
  std::size_t reference = 0;
  std::string note;  ///< what was done to operands on the way; empty: nothing
};

/// D = A B^T for A of M x K and B of N x K. Throws Error for files, shapes, formats and engines that do not go
/// together, and where K would have to be filled up with zeros although that could change bits.
GemmResult gemm(const GemmFlags& flags);

}  // namespace octavo::experiments
