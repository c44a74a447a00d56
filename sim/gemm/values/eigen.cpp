// The eigen engine: row-major copies of the operands, multiplied by Eigen.
#include "sim/gemm/values/eigen.h"

#include <Eigen/Core>
#include <cassert>
#include <string>

#include "machine/share.h"
#include "sim/gemm/operand_values.h"

namespace octavo::sim::gemm {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct PackedEigen final : Packed {
  Matrix values;  ///< [rows, depth]
};

class EigenEngine final : public Engine {
 public:
  std::string_view name() const override { return "eigen"; }

  std::string description() const override {
    return "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + '.' + std::to_string(EIGEN_MAJOR_VERSION) + '.' +
           std::to_string(EIGEN_MINOR_VERSION) + ", binary32, order of sums not defined";
  }

  bool takes_values() const override { return true; }

  std::unique_ptr<Packed> pack(Side, const Operand& operand) const override {
    auto packed = std::make_unique<PackedEigen>();
    packed->rows = operand.rows;
    packed->depth = operand.depth;
    packed->values.resize(operand.rows, operand.depth);
    for_each_value(operand, [&](std::int64_t row, std::int64_t k, float value) { packed->values(row, k) = value; });
    return packed;
  }

  void multiply(const Packed& packed_a, const Packed& packed_b, float* d, std::int64_t ldd,
                bool accumulate) const override {
    const auto& a = static_cast<const PackedEigen&>(packed_a);
    const auto& b = static_cast<const PackedEigen&>(packed_b);
    assert(a.depth == b.depth && ldd >= b.rows);
    machine::share_range(a.rows, static_cast<double>(b.rows * a.depth) / 20,
                         [&](std::int64_t first, std::int64_t last) {
                           Eigen::Map<Matrix, 0, Eigen::OuterStride<>> out(d + first * ldd, last - first, b.rows,
                                                                           Eigen::OuterStride<>(ldd));
                           if (!accumulate) out.setZero();
                           if (a.depth > 0)
                             out.noalias() += a.values.middleRows(first, last - first) * b.values.transpose();
                         });
  }
};

}  // namespace

std::unique_ptr<Engine> make_eigen() { return std::make_unique<EigenEngine>(); }

}  // namespace octavo::sim::gemm
