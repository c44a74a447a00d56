// Finding libcublasLt at run time.
#include "cuda/cublaslt/library.h"

#include <dlfcn.h>

#include <optional>
#include <string>

#include "cuda/device/memory.h"

namespace octavo::cuda {
namespace {

template <class F>
bool resolve(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  return function != nullptr;
}

std::optional<CublasLt> load() {
  // The major version of the headers decides the layout of what is passed: no other will do.
  const std::string versioned = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
  void* library = dlopen(versioned.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) library = dlopen(OCTAVO_CUDA_LIBRARIES "/libcublasLt.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  CublasLt lt;
  const bool complete =
      resolve(library, "cublasLtGetVersion", lt.get_version) && resolve(library, "cublasLtCreate", lt.create) &&
      resolve(library, "cublasLtDestroy", lt.destroy) &&
      resolve(library, "cublasLtHeuristicsCacheSetCapacity", lt.set_heuristics_cache) &&
      resolve(library, "cublasLtMatmulDescCreate", lt.description_create) &&
      resolve(library, "cublasLtMatmulDescDestroy", lt.description_destroy) &&
      resolve(library, "cublasLtMatmulDescSetAttribute", lt.description_set) &&
      resolve(library, "cublasLtMatrixLayoutCreate", lt.layout_create) &&
      resolve(library, "cublasLtMatrixLayoutDestroy", lt.layout_destroy) &&
      resolve(library, "cublasLtMatmulPreferenceCreate", lt.preference_create) &&
      resolve(library, "cublasLtMatmulPreferenceDestroy", lt.preference_destroy) &&
      resolve(library, "cublasLtMatmulPreferenceSetAttribute", lt.preference_set) &&
      resolve(library, "cublasLtMatmulAlgoGetHeuristic", lt.heuristic) &&
      resolve(library, "cublasLtMatmulAlgoConfigSetAttribute", lt.set_config) &&
      resolve(library, "cublasLtMatmulAlgoConfigGetAttribute", lt.get_config) &&
      resolve(library, "cublasLtMatmulAlgoCheck", lt.check_algorithm) && resolve(library, "cublasLtMatmul", lt.matmul);
  if (!complete || static_cast<int>(lt.get_version()) / 10000 != CUBLAS_VER_MAJOR) return std::nullopt;
  if (lt.set_heuristics_cache(0) != CUBLAS_STATUS_SUCCESS) return std::nullopt;
  return lt;
}

}  // namespace

void CublasLt::check(cublasStatus_t status, const char* what) const {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  check_device("cuBLASLt: " + std::string(what));
  const char* meaning = status == CUBLAS_STATUS_NOT_SUPPORTED   ? " (not supported)"
                        : status == CUBLAS_STATUS_INVALID_VALUE ? " (invalid value)"
                        : status == CUBLAS_STATUS_ARCH_MISMATCH ? " (not on this architecture)"
                                                                : "";
  throw Error("cuBLASLt: " + std::string(what) + " failed with status " + std::to_string(status) + meaning);
}

const CublasLt* find_cublaslt() {
  static const std::optional<CublasLt> library = load();
  return library ? &*library : nullptr;
}

std::string cublaslt_file() {
  const CublasLt* library = find_cublaslt();
  Dl_info info{};
  if (library == nullptr || dladdr(reinterpret_cast<const void*>(library->get_version), &info) == 0) return {};
  return info.dli_fname;
}

}  // namespace octavo::cuda
