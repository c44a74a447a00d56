// The exact engine: binary64 products where a bound proves them exact, fixed-point sums elsewhere.
#include "sim/gemm/values/exact.h"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "machine/share.h"
#include "sim/gemm/operand_values.h"
#include "sim/gemm/values/exact_sum.h"

namespace octavo::sim::gemm {
namespace {

/// Which bits some numbers use: every magnitude is below 2^top and a multiple of 2^bottom.
struct Extent {
  int top = -10'000;  // of zeros only
  int bottom = 10'000;
  bool finite = true;

  void include(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto field = static_cast<int>(bits >> 23 & 0xFFu);
    const std::uint32_t fraction = bits & 0x7FFFFFu;
    finite = finite && field != 0xFF;
    const std::uint32_t significand = field == 0 ? fraction : fraction | 0x800000u;
    if (significand == 0) return;
    const int unit = (field == 0 ? 1 : field) - 127 - 23;
    top = std::max(top, unit + static_cast<int>(std::bit_width(significand)));
    bottom = std::min(bottom, unit + std::countr_zero(significand));
  }
};

struct PackedExact final : Packed {
  std::vector<float> values;  ///< [rows, depth]
  std::vector<Extent> extents;

  const float* row(std::int64_t i) const { return values.data() + i * depth; }
};

/// True if every sum of some of the products and the addend is a binary64 value, whatever the order.
bool binary64_is_exact(const Extent& a, const Extent& b, std::int64_t depth, const Extent& addend) {
  const int products_top = a.top + b.top + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(depth)));
  const int top = std::max(products_top, addend.top) + 1;
  const int bottom = std::min(a.bottom + b.bottom, addend.bottom);
  return a.finite && b.finite && addend.finite && top - bottom <= 53;
}

float exact_dot(const float* a, const float* b, std::int64_t depth, float addend) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  ExactSum sum;
  double special = 0;  // the sum of all terms that are infinite or NaN
  const auto add = [&](double term) {
    if (std::isfinite(term))
      sum.add(term);
    else
      special += term;
  };
  add(static_cast<double>(addend));
  for (std::int64_t k = 0; k < depth; ++k) add(static_cast<double>(a[k]) * static_cast<double>(b[k]));
  if (special == 0) return sum.rounded();
  return std::isnan(special) ? kNan : static_cast<float>(special);
}

class Exact final : public Engine {
 public:
  std::string_view name() const override { return "exact"; }

  std::string description() const override {
    return "products summed without rounding, the sum rounded once to binary32; NaN results are 0x7FC00000";
  }

  bool takes_values() const override { return true; }

  std::unique_ptr<Packed> pack(Side, const Operand& operand) const override {
    assert(operand.depth < std::int64_t{1} << 30);
    auto packed = std::make_unique<PackedExact>();
    packed->rows = operand.rows;
    packed->depth = operand.depth;
    packed->values.resize(static_cast<std::size_t>(operand.rows * operand.depth));
    packed->extents.resize(static_cast<std::size_t>(operand.rows));
    for_each_value(operand, [&](std::int64_t row, std::int64_t k, float value) {
      packed->values[static_cast<std::size_t>(row * operand.depth + k)] = value;
      packed->extents[static_cast<std::size_t>(row)].include(value);
    });
    return packed;
  }

  void multiply(const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                bool accumulate) const override {
    const auto& a = static_cast<const PackedExact&>(packed_a);
    const auto& b = static_cast<const PackedExact&>(packed_b);
    assert(a.depth == b.depth && ldd >= b.rows);
    constexpr std::int64_t kRows = 64;
    constexpr std::int64_t kColumns = 32;
    const std::int64_t row_blocks = (a.rows + kRows - 1) / kRows;
    const std::int64_t blocks = row_blocks * ((b.rows + kColumns - 1) / kColumns);
    machine::share(blocks, 0.2 * static_cast<double>(kRows * kColumns * a.depth), [&](std::int64_t block) {
      const std::int64_t m = block % row_blocks * kRows;
      const std::int64_t n = block / row_blocks * kColumns;
      multiply_block(a, b, m, std::min(kRows, a.rows - m), n, std::min(kColumns, b.rows - n), d, ldd, accumulate);
    });
  }

 private:
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Values = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

  static void multiply_block(const PackedExact& a, const PackedExact& b, std::int64_t m, std::int64_t rows,
                             std::int64_t n, std::int64_t columns, float* d, std::int64_t ldd, bool accumulate) {
    Matrix sums = Matrix::Zero(rows, columns);
    if (a.depth > 0) {
      const Matrix x = Values(a.row(m), rows, a.depth).cast<double>();
      const Matrix y = Values(b.row(n), columns, b.depth).cast<double>();
      sums.noalias() = x * y.transpose();
    }
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        float& out = d[(m + i) * ldd + n + j];
        const float addend = accumulate ? out : 0.0f;
        Extent addend_extent;
        addend_extent.include(addend);
        const double total = sums(i, j) + static_cast<double>(addend);
        if (binary64_is_exact(a.extents[static_cast<std::size_t>(m + i)], b.extents[static_cast<std::size_t>(n + j)],
                              a.depth, addend_extent))
          out = total == 0 ? 0.0f : static_cast<float>(total);
        else
          out = exact_dot(a.row(m + i), b.row(n + j), a.depth, addend);
      }
    }
  }
};

}  // namespace

std::unique_ptr<Engine> make_exact() { return std::make_unique<Exact>(); }

}  // namespace octavo::sim::gemm
