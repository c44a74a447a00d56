// Memory on the device that frees itself, and the one place where CUDA's codes become exceptions.
#pragma once

#include <cuda_runtime_api.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cuda/device_lost.h"
#include "cuda/written.h"
#include "messages/error.h"

namespace octavo::cuda {

/// Throws DeviceLost if CUDA has an error that no call clears.
inline void check_device(const std::string& what) {
  cudaGetLastError();  // what one call left behind is not to be found by the next
  cudaDeviceSynchronize();
  const cudaError_t kept = cudaGetLastError();
  if (kept != cudaSuccess && cudaDeviceSynchronize() != cudaSuccess)
    throw DeviceLost(what + ": CUDA says " + cudaGetErrorString(kept) +
                     "; nothing more runs on the GPU in this process: go on with --resume, or with the next family, in "
                     "a new one");
}

inline void check(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  check_device(what);
  throw Error(std::string(what) + ": CUDA says " + cudaGetErrorString(code));
}

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t count) : count_(count) {
    if (count > 0) check(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)), "device memory");
  }
  explicit DeviceArray(std::span<const T> values) : DeviceArray(values.size()) {
    if (count_ > 0)
      check(cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice), "copy to the device");
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { cudaFree(data_); }

  T* data() const { return data_; }

  void fill(std::uint8_t byte) const {
    if (count_ > 0) check(cudaMemset(data_, byte, count_ * sizeof(T)), "filling device memory");
  }

  /// Waits for what the default stream does.
  std::vector<T> values() const {
    std::vector<T> values(count_);
    if (count_ > 0)
      check(cudaMemcpy(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost), "result of a kernel");
    return values;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

/// The results of `launch(data)`, which returns what the launch said, over `count` of them. Throws NeverWritten.
template <class T, class Launch>
std::vector<T> results_of(const char* what, std::size_t count, const Launch& launch) {
  const DeviceArray<T> results(count);
  return written(
      what,
      [&](std::uint8_t poison) {
        results.fill(poison);
        check(launch(results.data()), what);
        return results.values();
      },
      sizeof(T));
}

}  // namespace octavo::cuda
