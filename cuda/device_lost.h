// A GPU that this process can no longer use.
#pragma once

#include <stdexcept>

namespace octavo::cuda {

/// An error that CUDA keeps answering until the process ends (an illegal address, a trap): nothing that is asked
/// afterwards says anything. No octavo::Error, so that nobody takes it for a refusal of one call; the program ends with
/// the status kDeviceLostStatus.
class DeviceLost : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr int kDeviceLostStatus = 3;

}  // namespace octavo::cuda
