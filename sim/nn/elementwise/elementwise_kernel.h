// The entry points of the row kernels, one table for each instruction set.
#pragma once

#include <cstdint>

namespace octavo::sim::nn::elementwise_kernel {

struct Kernels {
  void (*exp)(float* x, std::int64_t n);
  void (*softmax)(float* x, std::int64_t n);
  void (*silu_gate)(float* gate, const float* up, std::int64_t n);
  void (*gelu_tanh)(float* x, std::int64_t n);
  double (*sum)(const float* x, std::int64_t n);
  double (*sum_squares)(const float* x, double mean, std::int64_t n);
  float (*largest)(const float* x, std::int64_t n);
  double (*sum_exp)(const float* x, float shift, std::int64_t n);
};

namespace scalar {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}

}  // namespace octavo::sim::nn::elementwise_kernel
