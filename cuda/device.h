// What a recording must name of the GPU and the software around it.
#pragma once

#include <string>

namespace octavo::cuda {

struct Device {
  std::string name;      ///< "NVIDIA H100 PCIe"
  std::string target;    ///< the architecture whose kernels run: "sm89", "sm90", "sm100", "sm120"
  std::string driver;    ///< CUDA version that the driver supports
  std::string toolkit;   ///< that the kernels were compiled with
  std::string cublaslt;  ///< of the library found at run time; empty: none
};

}  // namespace octavo::cuda
