// The functions of libcublasLt by name, and owners of its descriptors.
#pragma once

#include <cublasLt.h>

#include <cstdint>

#include "messages/error.h"

namespace octavo::cuda {

/// The entry points that Octavo calls, with the types of the header.
struct CublasLt {
  decltype(&cublasLtGetVersion) get_version = nullptr;
  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtDestroy) destroy = nullptr;
  decltype(&cublasLtHeuristicsCacheSetCapacity) set_heuristics_cache = nullptr;
  decltype(&cublasLtMatmulDescCreate) description_create = nullptr;
  decltype(&cublasLtMatmulDescDestroy) description_destroy = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) description_set = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) layout_create = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic = nullptr;
  decltype(&cublasLtMatmulAlgoConfigSetAttribute) set_config = nullptr;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) get_config = nullptr;
  decltype(&cublasLtMatmulAlgoCheck) check_algorithm = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;

  /// Throws Error that says what and cuBLAS's number for why; DeviceLost if the device is.
  void check(cublasStatus_t status, const char* what) const;
};

/// Null if the library, or one of its functions, is not there. Opened once, never closed. Its cache of the heuristic's
/// answers is off: a call's algorithm does not depend on the calls before it.
const CublasLt* find_cublaslt();

class CublasLtHandle {
 public:
  explicit CublasLtHandle(const CublasLt& lt) : lt_(lt) { lt.check(lt.create(&handle_), "handle"); }
  CublasLtHandle(const CublasLtHandle&) = delete;
  CublasLtHandle& operator=(const CublasLtHandle&) = delete;
  ~CublasLtHandle() { lt_.destroy(handle_); }
  cublasLtHandle_t get() const { return handle_; }

 private:
  const CublasLt& lt_;
  cublasLtHandle_t handle_ = nullptr;
};

/// Compute and scale type f32.
class CublasLtDescription {
 public:
  explicit CublasLtDescription(const CublasLt& lt) : lt_(lt) {
    lt.check(lt.description_create(&description_, CUBLAS_COMPUTE_32F, CUDA_R_32F), "description");
  }
  CublasLtDescription(const CublasLtDescription&) = delete;
  CublasLtDescription& operator=(const CublasLtDescription&) = delete;
  ~CublasLtDescription() { lt_.description_destroy(description_); }
  cublasLtMatmulDesc_t get() const { return description_; }

  template <class T>
  void set(cublasLtMatmulDescAttributes_t attribute, T value) const {
    lt_.check(lt_.description_set(description_, attribute, &value, sizeof value), "an option of the description");
  }

 private:
  const CublasLt& lt_;
  cublasLtMatmulDesc_t description_ = nullptr;
};

/// Column-major.
class CublasLtLayout {
 public:
  CublasLtLayout(const CublasLt& lt, cudaDataType_t type, std::uint64_t rows, std::uint64_t columns, std::int64_t ld)
      : lt_(lt) {
    lt.check(lt.layout_create(&layout_, type, rows, columns, ld), "layout");
  }
  CublasLtLayout(const CublasLtLayout&) = delete;
  CublasLtLayout& operator=(const CublasLtLayout&) = delete;
  ~CublasLtLayout() { lt_.layout_destroy(layout_); }
  cublasLtMatrixLayout_t get() const { return layout_; }

 private:
  const CublasLt& lt_;
  cublasLtMatrixLayout_t layout_ = nullptr;
};

class CublasLtPreference {
 public:
  CublasLtPreference(const CublasLt& lt, std::size_t workspace_bytes) : lt_(lt) {
    lt.check(lt.preference_create(&preference_), "preference");
    lt.check(lt.preference_set(preference_, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace_bytes,
                               sizeof workspace_bytes),
             "size of the workspace");
  }
  CublasLtPreference(const CublasLtPreference&) = delete;
  CublasLtPreference& operator=(const CublasLtPreference&) = delete;
  ~CublasLtPreference() { lt_.preference_destroy(preference_); }
  cublasLtMatmulPreference_t get() const { return preference_; }

 private:
  const CublasLt& lt_;
  cublasLtMatmulPreference_t preference_ = nullptr;
};

}  // namespace octavo::cuda
