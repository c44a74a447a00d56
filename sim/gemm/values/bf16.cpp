// The bf16 engine: rounds operands, leaves the rest to fp32.
#include "sim/gemm/values/bf16.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "formats/decode.h"
#include "formats/span/quantize.h"
#include "sim/gemm/operand_values.h"
#include "sim/gemm/values/fp32/fp32.h"

namespace octavo::sim::gemm {
namespace {

/// True if every value of the format is a bfloat16 value.
bool within_bf16(const formats::Spec& format) {
  return std::ranges::all_of(formats::decode_table(format),
                             [](float value) { return (std::bit_cast<std::uint32_t>(value) & 0xFFFFu) == 0; });
}

/// Rounded values, if the operand needed them, and what fp32 makes of them.
struct PackedBf16 final : Packed {
  std::vector<float> values;
  std::unique_ptr<Packed> packed;
};

class Bf16 final : public Engine {
 public:
  std::string_view name() const override { return "bf16"; }

  std::string description() const override { return "operands rounded to bfloat16, then " + fp32_->description(); }

  bool takes_values() const override { return true; }

  std::unique_ptr<Packed> pack(Side side, const Operand& operand) const override {
    auto result = std::make_unique<PackedBf16>();
    result->rows = operand.rows;
    result->depth = operand.depth;
    if (operand.values == nullptr && within_bf16(operand.format)) {
      result->packed = fp32_->pack(side, operand);
      return result;
    }
    std::vector<float>& values = result->values;
    values.resize(static_cast<std::size_t>(operand.rows * operand.depth));
    for_each_value(operand, [&](std::int64_t row, std::int64_t k, float value) {
      values[static_cast<std::size_t>(row * operand.depth + k)] = value;
    });
    formats::round_values(formats::bf16, formats::Overflow::special, values);
    result->packed = fp32_->pack(side, Operand::of_values(values.data(), operand.rows, operand.depth));
    if (side == Side::b) std::vector<float>().swap(values);
    return result;
  }

  void multiply(const Packed& a, const Packed& b, float* d, std::int64_t ldd, bool accumulate) const override {
    fp32_->multiply(*static_cast<const PackedBf16&>(a).packed, *static_cast<const PackedBf16&>(b).packed, d, ldd,
                    accumulate);
  }

 private:
  std::unique_ptr<Engine> fp32_ = make_fp32();
};

}  // namespace

std::unique_ptr<Engine> make_bf16() { return std::make_unique<Bf16>(); }

}  // namespace octavo::sim::gemm
