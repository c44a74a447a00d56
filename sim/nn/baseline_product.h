// Products in the baseline type, D = A B^T: the fp32 engine for float, one plain chain for double.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>

#include "sim/gemm/engine.h"
#include "sim/gemm/values/fp32/fp32.h"

namespace octavo::sim::nn {

/// Element (row, k) is at data[row * row_stride + k * depth_stride].
template <class T>
struct Strided {
  const T* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t depth = 0;
  std::int64_t row_stride = 0;
  std::int64_t depth_stride = 1;
};

/// The engine of everything that a recipe does not cast.
inline const gemm::Engine& baseline_engine() {
  static const std::unique_ptr<gemm::Engine> engine = gemm::make_fp32();
  return *engine;
}

/// One side of a product, prepared once and used often. The matrix must outlive it, which may be a view.
template <class T>
class Factor;

template <>
class Factor<float> {
 public:
  Factor(gemm::Side side, const Strided<float>& m)
      : packed_(baseline_engine().pack(side, {.rows = m.rows,
                                              .depth = m.depth,
                                              .row_stride = m.row_stride,
                                              .depth_stride = m.depth_stride,
                                              .values = m.data})) {}
  const gemm::Packed& packed() const { return *packed_; }

 private:
  std::unique_ptr<gemm::Packed> packed_;
};

template <>
class Factor<double> {
 public:
  Factor(gemm::Side, const Strided<double>& matrix) : matrix_(matrix) {}
  const Strided<double>& matrix() const { return matrix_; }

 private:
  Strided<double> matrix_;
};

/// d[m * ldd + n] (+)= sum over k of a[m, k] b[n, k].
inline void multiply(const Factor<float>& a, const Factor<float>& b, float* d, std::int64_t ldd,
                     bool accumulate = false) {
  baseline_engine().multiply(a.packed(), b.packed(), d, ldd, accumulate);
}
inline void multiply(const Factor<double>& a, const Factor<double>& b, double* d, std::int64_t ldd,
                     bool accumulate = false) {
  const Strided<double>& left = a.matrix();
  const Strided<double>& right = b.matrix();
  for (std::int64_t m = 0; m < left.rows; ++m)
    for (std::int64_t n = 0; n < right.rows; ++n) {
      double sum = accumulate ? d[m * ldd + n] : 0.0;
      for (std::int64_t k = 0; k < left.depth; ++k)
        sum += left.data[m * left.row_stride + k * left.depth_stride] *
               right.data[n * right.row_stride + k * right.depth_stride];
      d[m * ldd + n] = sum;
    }
}

}  // namespace octavo::sim::nn
