// Memory on the device that frees itself, and the one place where CUDA's codes become octavo::Error.
#pragma once

#include <cuda_runtime_api.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "messages/error.h"

namespace octavo::cuda {

inline void check(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // what was reported is not to be found again by the next call
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

}  // namespace octavo::cuda
