// The GPU of this machine, as the rest of Octavo sees it. Without nvcc the same calls say so.
#pragma once

#include <memory>
#include <string>

#include "cuda/casts.h"
#include "cuda/device.h"
#include "cuda/probes.h"
#include "cuda/products.h"
#include "cuda/timings.h"

namespace octavo::cuda {

/// All functions throw Error in one line: what CUDA said about what; NeverWritten if a kernel left results as they
/// were; DeviceLost after which nothing runs in this process. Results are copied back before they return.
class Gpu : public Probes, public Products, public Casts, public Timings {
 public:
  virtual const Device& device() const = 0;
};

/// The first device. Throws Error in one line: this build has no CUDA, the machine has no driver or no device, or no
/// kernels were compiled for the device.
std::unique_ptr<Gpu> open_gpu();

/// The file that cuBLASLt was loaded from; empty if none was found.
std::string cublaslt_file();

/// Nothing if open_gpu() would succeed, else its message.
std::string why_no_gpu();

}  // namespace octavo::cuda
