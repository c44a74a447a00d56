// Who runs a planned case: the emulator, an emulator with a planted error, or a GPU.
#pragma once

#include <memory>
#include <string>

#include "experiments/capture/families/plan.h"

namespace octavo::cuda {
class Gpu;
}

namespace octavo::experiments::capture {

/// run(operation, operands) -> bits.
class Executor {
 public:
  virtual ~Executor() = default;

  /// The processor and software, for the case's `source`.
  virtual std::string source() const = 0;

  /// Whose mma.sync it runs: "sm90".
  virtual std::string target() const = 0;

  /// False if it has no such instruction or form.
  virtual bool runs(const Plan& plan) const = 0;

  /// Fills in the results; a library that chose how to split K records it. Throws Error, and cuda::NeverWritten if
  /// results were left as they were.
  virtual void run(Plan& plan) = 0;
};

/// Bit for bit what octavo compare computes.
std::unique_ptr<Executor> make_emulator(const std::string& target = "sm90");

/// The first GPU. Throws Error in one line if there is none.
std::unique_ptr<Executor> make_gpu_executor();

/// That GPU.
std::unique_ptr<Executor> make_gpu_executor(std::unique_ptr<cuda::Gpu> gpu);

}  // namespace octavo::experiments::capture
