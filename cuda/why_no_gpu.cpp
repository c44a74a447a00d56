// The reason why there is no GPU to run on, for tests that skip.
#include "cuda/gpu.h"
#include "messages/error.h"

namespace octavo::cuda {

std::string why_no_gpu() {
  try {
    open_gpu();
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace octavo::cuda
