// The fp64 engine: rows of A times all of B, one row of sums in binary64.
#include "sim/gemm/values/fp64.h"

#include <array>
#include <cassert>
#include <limits>
#include <vector>

#include "machine/share.h"
#include "sim/gemm/operand_values.h"

namespace octavo::sim::gemm {
namespace {

struct PackedFp64 final : Packed {
  Side side = Side::a;
  std::vector<double> values;  ///< a: [rows, depth]; b: [depth, rows]
};

class Fp64 final : public Engine {
 public:
  std::string_view name() const override { return "fp64"; }

  std::string description() const override {
    return "exact products, sums in binary64, k ascending, rounded once to binary32; NaN results are 0x7FC00000";
  }

  bool takes_values() const override { return true; }

  std::unique_ptr<Packed> pack(Side side, const Operand& operand) const override {
    auto packed = std::make_unique<PackedFp64>();
    packed->rows = operand.rows;
    packed->depth = operand.depth;
    packed->side = side;
    packed->values.resize(static_cast<std::size_t>(operand.rows * operand.depth));
    const std::int64_t row_stride = side == Side::a ? operand.depth : 1;
    const std::int64_t depth_stride = side == Side::a ? 1 : operand.rows;
    for_each_value(operand, [&](std::int64_t row, std::int64_t k, float value) {
      packed->values[static_cast<std::size_t>(row * row_stride + k * depth_stride)] = value;
    });
    return packed;
  }

  void multiply(const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                bool accumulate) const override {
    const auto& a = static_cast<const PackedFp64&>(packed_a);
    const auto& b = static_cast<const PackedFp64&>(packed_b);
    assert(a.side == Side::a && b.side == Side::b && a.depth == b.depth && ldd >= b.rows);
    machine::share_range(
        a.rows, 0.3 * static_cast<double>(b.rows * a.depth), [&](std::int64_t first, std::int64_t last) {
          std::vector<double> sums(static_cast<std::size_t>(b.rows));
          for (std::int64_t row = first; row < last; ++row) {
            float* d_row = d + row * ldd;
            for (std::int64_t n = 0; n < b.rows; ++n) sums[n] = accumulate ? static_cast<double>(d_row[n]) : 0.0;
            for (std::int64_t k = 0; k < a.depth; ++k) {
              const double factor = a.values[static_cast<std::size_t>(row * a.depth + k)];
              const double* column = b.values.data() + k * b.rows;
              for (std::int64_t n = 0; n < b.rows; ++n) sums[n] += factor * column[n];
            }
            for (std::int64_t n = 0; n < b.rows; ++n)
              d_row[n] = sums[n] != sums[n] ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(sums[n]);
          }
        });
  }
};

}  // namespace

std::unique_ptr<Engine> make_fp64() { return std::make_unique<Fp64>(); }

}  // namespace octavo::sim::gemm
