// A GPU as an executor of planned cases: which native kernel or library call an operation is.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "cuda/gpu.h"
#include "experiments/capture/executor.h"
#include "experiments/capture/native_operation.h"
#include "experiments/replay/operation.h"
#include "experiments/replay/selection.h"
#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

using replay::ConversionOperation;
using replay::Kind;
using replay::ProductOperation;

constexpr std::int64_t kProbeSide = 64;  ///< M and N of a library product whose diagonal holds dots

std::vector<std::uint32_t> addends(const store::ProductCase& data) {
  return data.c ? data.c->values : std::vector<std::uint32_t>{};
}

/// What the library chose, in its own numbers.
std::string algorithm_text(const cuda::LibraryResult& result) {
  return fmt::format("id {} tile {} stages {} split-K {} reduction {}; {} proposals", result.algorithm_id, result.tile,
                     result.stages, result.split_k, result.reduction, result.proposals);
}

void note(store::ProductCase& data, const cuda::LibraryResult& result) {
  if (result.split_k > 1) data.split_k = result.split_k;
  data.algorithm = algorithm_text(result);
}

class GpuExecutor final : public Executor {
 public:
  explicit GpuExecutor(std::unique_ptr<cuda::Gpu> gpu) : gpu_(std::move(gpu)) {}

  std::string source() const override {
    const cuda::Device& device = gpu_->device();
    return fmt::format("{}, kernels {}, driver for CUDA {}, CUDA toolkit {}, cuBLASLt {}", device.name, device.target,
                       device.driver, device.toolkit, device.cublaslt.empty() ? "none" : device.cublaslt);
  }

  std::string target() const override { return gpu_->device().target; }

  bool runs(const Plan& plan) const override {
    const auto* product = std::get_if<ProductOperation>(&replay::operation(plan.one.operation));
    if (product == nullptr) return true;
    switch (product->kind) {
      case Kind::wgmma:
      case Kind::sparse_wgmma:
        return target() == name(replay::Target::sm90);
      case Kind::mma_sync:
        return target() == name(*product->target) && !product->ptxas12;
      case Kind::cublaslt:
        return !gpu_->device().cublaslt.empty();
    }
    return false;
  }

  void run(Plan& plan) override {
    const replay::Operation& operation = replay::operation(plan.one.operation);
    if (const auto* conversion = std::get_if<ConversionOperation>(&operation))
      convert(*conversion, plan.form, std::get<store::ConversionCase>(plan.one.data));
    else
      multiply(std::get<ProductOperation>(operation), plan.form, std::get<store::ProductCase>(plan.one.data));
  }

 private:
  void convert(const ConversionOperation& operation, const Form& form, store::ConversionCase& data) const {
    const cuda::Conversion conversion = native_conversion(operation, form);
    data.output.values = data.digests ? gpu_->conversion_digests(conversion, data.input.values)
                                      : gpu_->convert(conversion, data.input.values);
  }

  void multiply(const ProductOperation& operation, const Form& form, store::ProductCase& data) const {
    const bool gemm = data.layout == store::CaseLayout::gemm;
    switch (operation.kind) {
      case Kind::cublaslt:
        return gemm ? library_gemm(operation, form, data) : library_dots(operation, form, data);
      case Kind::sparse_wgmma:
        data.d.values = gpu_->sparse_dots(native_instruction(operation, data, form), replay::selected_terms(data).a,
                                          data.selected, data.b, addends(data));
        return;
      case Kind::mma_sync:
        data.d.values = gpu_->mma_dots(native_instruction(operation, data, form), data.a, data.b, addends(data));
        return;
      case Kind::wgmma:
        if (data.promotion) return chained(data);
        data.d.values = gpu_->wgmma_dots(native_instruction(operation, data, form), data.a, data.b, addends(data));
    }
  }

  /// A chain of instructions, by the kernel of ours that is told when to promote.
  void chained(store::ProductCase& data) const {
    std::vector<float> c;
    for (const std::uint32_t value : addends(data)) c.push_back(std::bit_cast<float>(value));
    data.d.values = gpu_->gemm(native_format(data.a_format), native_format(data.b_format), *data.promotion, data.a,
                               data.b, c, data.a_rows, data.b_rows, data.depth);
  }

  void library_gemm(const ProductOperation& operation, const Form& form, store::ProductCase& data) const {
    const cuda::LibraryResult result = gpu_->library_gemm(native_product(operation, data, form), data.a, data.b);
    data.d.values = result.d;
    if (data.call && data.call->amax) data.call->amax = std::bit_cast<std::uint32_t>(result.amax);
    note(data, result);
  }

  /// Dots on the diagonal of square products; the last one is filled up with zeros. All are asked for alike: what the
  /// library says of one is not imposed on the next. Throws Error if it takes another algorithm for one of them, since
  /// the case could not say which result is whose.
  void library_dots(const ProductOperation& operation, const Form& form, store::ProductCase& data) const {
    const auto row = static_cast<std::size_t>(data.depth);
    cuda::LibraryProduct product = native_product(operation, data, form);
    product.m = product.n = kProbeSide;
    std::optional<cuda::LibraryResult> first_result;
    for (std::int64_t first = 0; first < data.a_rows; first += kProbeSide) {
      const std::int64_t count = std::min(kProbeSide, data.a_rows - first);
      const auto block = [&](const std::vector<std::uint8_t>& codes) {
        const auto begin = codes.begin() + first * data.depth;
        std::vector<std::uint8_t> part(begin, begin + count * data.depth);
        part.resize(static_cast<std::size_t>(kProbeSide) * row);
        return part;
      };
      const cuda::LibraryResult result = gpu_->library_gemm(product, block(data.a), block(data.b));
      for (std::int64_t i = 0; i < count; ++i)
        data.d.values[static_cast<std::size_t>(first + i)] = result.d[static_cast<std::size_t>(i * (kProbeSide + 1))];
      if (!first_result) first_result = result;
      if (algorithm_text(result) != algorithm_text(*first_result))
        throw Error(fmt::format("the library took {} for dots 0 to {} and {} from dot {} on",
                                algorithm_text(*first_result), kProbeSide - 1, algorithm_text(result), first));
    }
    if (first_result) note(data, *first_result);
  }

  std::unique_ptr<cuda::Gpu> gpu_;
};

}  // namespace

std::unique_ptr<Executor> make_gpu_executor() { return make_gpu_executor(cuda::open_gpu()); }

std::unique_ptr<Executor> make_gpu_executor(std::unique_ptr<cuda::Gpu> gpu) {
  return std::make_unique<GpuExecutor>(std::move(gpu));
}

}  // namespace octavo::experiments::capture
