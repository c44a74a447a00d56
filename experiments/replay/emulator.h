// The emulator's answer to a recorded case: the same operation on the same operands, as bits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/replay/library_model.h"
#include "experiments/replay/operation.h"
#include "experiments/store/cases/cases.h"
#include "sim/gemm/engine.h"
#include "sim/gemm/tensor_core/explain.h"

namespace octavo::experiments::replay {

/// The code of an f16 value that is stored as binary32 bits; nothing if it is none. A NaN keeps the upper part of its
/// payload.
std::optional<std::uint32_t> f16_code(std::uint32_t f32);

/// One instruction of a chain along K, explained.
struct StepTrace {
  std::int64_t first = 0;  ///< of K
  std::uint32_t addend = 0;
  std::vector<sim::gemm::GroupTrace> groups;
  std::uint32_t result = 0;
};

/// A case's product, ready to be computed. The case must outlive it.
class EmulatedProduct {
 public:
  /// As the operation does it; or, if `engine` is not empty, on another engine (with the operation's accumulator,
  /// promotion and split-K if that is a tensor core). Throws Error if the case's formats, K, promotion, split-K or the
  /// types of c and d do not go with the operation or the engine.
  EmulatedProduct(const ProductOperation& operation, const store::ProductCase& data, const std::string& engine = {});

  /// Everything that decides the bits.
  std::string description() const;

  /// Bits of a result: 8 (FP8 outputs of a library), 16, or 32.
  int width() const;

  /// One for each recorded result, in its order; and, of a library's call, amax.
  LibraryResults results() const;

  /// The products before the library's epilogue, in the results' order.
  std::vector<float> accumulated() const;

  /// The recorded results in the same width: f16 values that were stored as float32 are narrowed.
  std::vector<std::uint32_t> recorded() const;

  /// c of one result; 0 without c.
  std::uint32_t addend(std::int64_t result) const;

  /// The rows of a and b that a result is the product of.
  std::int64_t a_row(std::int64_t result) const;
  std::int64_t b_row(std::int64_t result) const;

  /// The instructions behind one result in ascending k of each part; nothing if no exponents decide (an engine that is
  /// no tensor core of the fused datapath).
  std::vector<StepTrace> trace(std::int64_t result) const;

  /// The instruction's row; null: an engine that is no tensor core.
  const sim::gemm::Architecture* row() const { return row_; }

  /// True if each result is that of one instruction, whose operands are rows as they are.
  bool single_instruction() const {
    return row_ != nullptr && !library_ && !terms_ && data_.depth == row_->depth && product_.promotion == 0;
  }

  /// Of single instructions: what a row of a gives with any row of b.
  std::uint32_t crossed(std::int64_t a_row, std::int64_t b_row, std::uint32_t c) const;

  /// The case; of a sparse product the terms that are multiplied, of half its K.
  const store::ProductCase& terms() const { return data_; }

  const formats::Spec& a_format() const { return a_format_; }
  const formats::Spec& b_format() const { return b_format_; }

  /// Sums of one output over each 128 of K, as a library with scales by block has them. Throws Error on an engine that
  /// is no tensor core.
  Pieces pieces() const;

 private:
  sim::gemm::Operand operand(sim::gemm::Side side, std::int64_t first, std::int64_t rows) const;
  float addend_value(std::int64_t result) const;
  std::vector<float> by_reference() const;
  std::vector<float> by_engine() const;
  std::vector<std::uint32_t> narrowed(const store::Bits& bits, const char* name) const;

  std::optional<store::ProductCase> terms_;  ///< of a sparse product, those that are multiplied
  const store::ProductCase& data_;
  sim::gemm::TensorCoreProduct product_;
  const sim::gemm::Architecture* row_ = nullptr;  ///< null: an engine that is no tensor core
  std::unique_ptr<sim::gemm::Engine> engine_;
  formats::Spec a_format_;
  formats::Spec b_format_;
  bool library_ = false;
  bool f16_ = false;
  std::vector<std::uint32_t> c_;  ///< in the result's width, of a library's call as recorded; empty: 0
};

/// The output bits of one conversion, as the instruction gives them (NVIDIA's header is the host oracle of the FP8
/// ones). `relu` makes -0 and negative values +0, which no GPU has confirmed for -0.
std::uint32_t convert(const ConversionOperation& operation, std::uint32_t input);

/// Of outputs of 8 bits: FNV-1a, 32 bits.
std::uint32_t digest(std::span<const std::uint8_t> outputs);

/// convert() of every input, or the digests of all that each stands for. Throws Error if the types of input or output
/// do not go with the operation.
std::vector<std::uint32_t> emulate(const ConversionOperation& operation, const store::ConversionCase& data);

}  // namespace octavo::experiments::replay
