// The GPU of a build without nvcc: one clear line.
#include "cuda/gpu.h"
#include "messages/error.h"

namespace octavo::cuda {

std::unique_ptr<Gpu> open_gpu() {
  throw Error("this octavo was built without CUDA; install the CUDA toolkit and configure with -DOCTAVO_CUDA=ON");
}

std::string cublaslt_file() { return {}; }

}  // namespace octavo::cuda
