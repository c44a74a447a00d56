// Packing and multiplying codes as a tensor core does.
#include "sim/gemm/tensor_core/kernels/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <span>
#include <string>
#include <vector>

#include "machine/instruction_set.h"
#include "machine/share.h"
#include "messages/error.h"
#include "sim/gemm/tensor_core/kernels/multiply_blocked.h"
#include "sim/gemm/tensor_core/kernels/pack_scales.h"

namespace octavo::sim::gemm {
namespace {

/// Codes row by row in the order of the product's parts, filled up with zeros.
struct PackedCodes final : Packed {
  DepthOrder order;
  ElementTable table{};
  std::vector<std::uint8_t> codes;
  formats::Spec scale_format{};
  std::vector<std::uint8_t> scales;  ///< [rows][of the filled depth], with those of NaN

  std::span<const std::uint8_t> scales_of(std::int64_t i) const {
    const auto each = scales.size() / static_cast<std::size_t>(rows);
    return std::span(scales).subspan(static_cast<std::size_t>(i) * each, each);
  }
  CodeRow row(std::int64_t i) const { return {codes.data() + i * order.bounds.back(), &table}; }
};

class TensorCore final : public Engine {
 public:
  TensorCore(const TensorCoreProduct& product, std::optional<StepRung> rung)
      : product_(product),
        row_(resolve(product)),
        description_(fmt::format("{}; {}: {}", to_string(product), row_.instruction, row_.evidence)) {
    if (row_.scale == BlockScale::required) {
      for (const formats::Spec& format : {formats::e8m0, formats::e4m3})
        if (row_.takes_scales(format)) native_.push_back({format, row_.scale_depth()});
      description_ +=
          "; scales are multiplied by the instruction, those of whole tensors afterwards: D * (a_tensor * b_tensor) in "
          "binary32";
    }
    if (rung && can_block(row_)) rung_ = rung;
    if (row_.operands == OperandFormats::fp16_bf16)
      throw Error(fmt::format("{} multiplies 16-bit operands; an engine takes codes of at most 8 bits", row_.name));
  }

  std::string_view name() const override { return product_.architecture; }
  std::string description() const override { return description_; }
  bool takes_values() const override { return false; }
  std::span<const NativeScales> native_scales() const override { return native_; }

  std::unique_ptr<Packed> pack(Side side, const Operand& operand) const override {
    check_operand(row_, side, operand);
    check_scales(row_, side, operand);
    if (rung_) return pack_blocked(product_, row_, side, operand);
    auto packed = std::make_unique<PackedCodes>();
    packed->rows = operand.rows;
    packed->depth = operand.depth;
    packed->order = depth_order(product_.split, operand.depth, row_.depth);
    packed->table = element_table(operand.format, row_.operands_as_f16);
    packed->codes.resize(static_cast<std::size_t>(operand.rows * packed->order.bounds.back()));
    std::uint8_t* to = packed->codes.data();
    for (std::int64_t i = 0; i < operand.rows; ++i)
      for (const std::int64_t k : packed->order.order) *to++ = k < 0 ? std::uint8_t{0} : operand.code(i, k);
    if (row_.scale == BlockScale::required) copy_scales(operand, *packed);
    return packed;
  }

  void multiply(const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                bool accumulate) const override {
    if (rung_) {
      multiply_blocked(product_, row_, machine::instruction_set(), *rung_, packed_a, packed_b, d, ldd, accumulate);
      return;
    }
    const auto& a = static_cast<const PackedCodes&>(packed_a);
    const auto& b = static_cast<const PackedCodes&>(packed_b);
    assert(a.depth == b.depth && ldd >= b.rows);
    machine::share(a.rows, 5.0 * static_cast<double>(b.rows * a.depth), [&](std::int64_t m) {
      for (std::int64_t n = 0; n < b.rows; ++n) {
        float& out = d[m * ldd + n];
        out = dot(a, m, b, n, accumulate ? out : 0.0f);
      }
    });
  }

 private:
  /// One output by the reference.
  float dot(const PackedCodes& a, std::int64_t m, const PackedCodes& b, std::int64_t n, float c) const {
    if (row_.scale == BlockScale::none) return gemm::dot(product_, row_, a.row(m), b.row(n), a.order, c);
    return accumulator_value(row_.accumulator,
                             chain(row_, a.row(m), b.row(n), {a.scale_format, a.scales_of(m), b.scales_of(n)},
                                   a.order.bounds.back(), accumulator_bits(row_.accumulator, c)));
  }

  void copy_scales(const Operand& operand, PackedCodes& packed) const {
    packed.scale_format = *operand.scales.shape.format;
    for (std::int64_t i = 0; i < operand.rows; ++i)
      for (std::int64_t k = 0; k < packed.order.bounds.back(); k += row_.scale_depth()) {
        bool nan = false;
        const std::uint8_t code = scale_code(operand, i, k, nan);
        packed.scales.push_back(nan ? operand.scales.codes[operand.scales.at(i, k)] : code);
      }
  }

  TensorCoreProduct product_;
  const Architecture& row_;
  std::string description_;
  std::vector<NativeScales> native_;
  std::optional<StepRung> rung_;  ///< nothing: one output after the other by the reference
};

}  // namespace

void check_operand(const Architecture& row, Side side, const Operand& operand) {
  const char* which = side == Side::a ? "a" : "b";
  if (operand.values != nullptr)
    throw Error(fmt::format("{}: operand {} holds values; this engine takes 8-bit codes, so give the layer a cast",
                            row.name, which));
  if (!row.takes(operand.format))
    throw Error(fmt::format("{}: operand {} has a format that {} does not take; it takes {}", row.name, which,
                            row.instruction, gemm::name(row.operands)));
  const int lowest = 2 * operand.format.min_quantum();
  if (operand.depth % row.depth != 0 && !row.zeros_are_neutral(std::min(lowest, -32)))
    throw Error(
        fmt::format("{}: K = {} is not a multiple of {}, and filling up with zeros could change bits, since a "
                    "zero product takes part in this row's alignment; pad K yourself if that is meant",
                    row.name, operand.depth, row.depth));
}

void check_scales(const Architecture& row, Side side, const Operand& operand) {
  if (row.scale == BlockScale::none) return;
  const ScaleShape& shape = operand.scales.shape;
  if (operand.scales.codes == nullptr || !shape.format || !row.takes_scales(*shape.format) ||
      shape.depth % row.scale_depth() != 0)
    throw Error(
        fmt::format("{}: operand {} has no {} scale for every {} elements of K (or a multiple of them), which this "
                    "instruction multiplies itself; cast it to a block format such as {}",
                    row.name, side == Side::a ? "a" : "b", row.takes_scales(formats::e4m3) ? "e8m0 or e4m3" : "e8m0",
                    row.scale_depth(), row.operands == OperandFormats::fp4 ? "mxfp4 or nvfp4" : "mxfp8-e4m3"));
}

std::unique_ptr<Engine> make_tensor_core(const TensorCoreProduct& product) {
  return make_tensor_core(product, StepRung::fused);
}

std::unique_ptr<Engine> make_tensor_core(const TensorCoreProduct& product, std::optional<StepRung> rung) {
  return std::make_unique<TensorCore>(product, rung);
}

bool is_tensor_core(std::string_view name) {
  return std::ranges::any_of(architectures(), [&](const Architecture& row) {
    return row.name == name && row.scale == BlockScale::none && row.operands != OperandFormats::fp16_bf16;
  });
}

}  // namespace octavo::sim::gemm
