// The entry points of the derivative kernels, one table for each instruction set.
#pragma once

#include <cstdint>

namespace octavo::sim::nn::elementwise_backward_kernel {

/// e[i] = e^-gate[i], or e^-2u[i] for GELU: exp belongs to elementwise_kernel.h.
struct Kernels {
  void (*softmax)(const float* p, float* dp, float factor, std::int64_t n);
  void (*silu_gate)(const float* gate, const float* up, const float* e, const float* dy, float* dgate, float* dup,
                    std::int64_t n);
  void (*gelu_tanh_argument)(const float* x, float* negative_u, std::int64_t n);
  void (*gelu_tanh)(const float* x, const float* e, float* dy, std::int64_t n);
  void (*norm_row)(const float* x, const float* gain, const float* dy, double mean, double factor, std::int64_t n,
                   float* dx, float* dgain, float* dbias);
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

}  // namespace octavo::sim::nn::elementwise_backward_kernel
