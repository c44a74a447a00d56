// Finding the first CUDA device and the kernels that were compiled for it.
#include "cuda/gpu.h"

#include "cuda/cublaslt/cublaslt.h"
#include "cuda/device/memory.h"
#include "cuda/host/cuda_gpu.h"

namespace octavo::cuda {
namespace {

std::string version(int number) { return std::to_string(number / 1000) + '.' + std::to_string(number % 1000 / 10); }

/// Kernels of architecture-specific code run on exactly their compute capability.
struct Target {
  int major;
  int minor;
  const char* name;
  Kernels (*kernels)();
};

std::vector<Target> targets() {
  std::vector<Target> compiled;
#ifdef OCTAVO_HAS_SM89
  compiled.push_back({8, 9, "sm89", sm89::kernels});
#endif
#ifdef OCTAVO_HAS_SM90A
  compiled.push_back({9, 0, "sm90", sm90a::kernels});
#endif
#ifdef OCTAVO_HAS_SM100A
  compiled.push_back({10, 0, "sm100", sm100a::kernels});
#endif
#ifdef OCTAVO_HAS_SM120A
  compiled.push_back({12, 0, "sm120", sm120a::kernels});
#endif
  return compiled;
}

/// The runtime reports a driver that is too old and no driver at all alike.
std::string what_driver_is_needed() {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  // Of each major version of CUDA the oldest driver serves every minor one.
  const std::string needed = CUDART_VERSION / 1000 == 12 ? "525.60.13" : "580.65.06";
  return "no CUDA device on this machine (" +
         (driver == 0 ? "no NVIDIA driver is loaded" : "its driver is for CUDA " + version(driver)) +
         "); kernels compiled with CUDA " + version(CUDART_VERSION) + " need driver " + needed + " or newer";
}

}  // namespace

void CudaGpu::require(bool there, const char* what) const {
  if (!there) throw Error(std::string(what) + " is not compiled for " + device_.target + "; it needs an H100 (sm90)");
}

std::unique_ptr<Gpu> open_gpu() {
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found == cudaErrorInsufficientDriver) throw Error(what_driver_is_needed());
  if (found != cudaSuccess || count == 0)
    throw Error(std::string("no CUDA device on this machine (") +
                (found != cudaSuccess ? cudaGetErrorString(found) : "none is visible") +
                "); run this where there is one, for example an H100");
  check(cudaSetDevice(0), "the first CUDA device");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "the first CUDA device");
  std::string compiled;
  for (const Target& target : targets()) {
    compiled += (compiled.empty() ? "" : ", ") + std::string(target.name);
    if (target.major != properties.major || target.minor != properties.minor) continue;
    int driver = 0;
    check(cudaDriverGetVersion(&driver), "version of the driver");
    Device device{.name = properties.name,
                  .target = target.name,
                  .driver = version(driver),
                  .toolkit = version(CUDART_VERSION),
                  .cublaslt = cublaslt_version()};
    return std::make_unique<CudaGpu>(std::move(device), target.kernels());
  }
  throw Error(std::string(properties.name) + " has compute capability " + std::to_string(properties.major) + '.' +
              std::to_string(properties.minor) + "; kernels were compiled for " + compiled);
}

}  // namespace octavo::cuda
