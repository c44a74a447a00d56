// A GPU as an executor of planned cases: which native kernel or library call an operation is.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "cuda/gpu.h"
#include "experiments/capture/executor.h"
#include "experiments/capture/families/selection.h"
#include "experiments/replay/emulator.h"
#include "experiments/replay/library_model.h"
#include "experiments/replay/operation.h"
#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

using cuda::Fp8;

constexpr std::int64_t kProbeSide = 64;  ///< M and N of a library product whose diagonal holds dots

Fp8 fp8(const std::string& format) { return format == "e4m3" ? Fp8::e4m3 : Fp8::e5m2; }

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
    const std::string& name = plan.one.operation;
    if (name.starts_with("wgmma.")) return target() == "sm90";
    if (name.starts_with("cublaslt.")) return !gpu_->device().cublaslt.empty();
    if (name.starts_with("mma.")) return name.ends_with("." + target());
    return name.starts_with("cvt.");
  }

  void run(Plan& plan) override {
    if (auto* conversion = std::get_if<store::ConversionCase>(&plan.one.data)) {
      convert(plan, *conversion);
      return;
    }
    auto& data = std::get<store::ProductCase>(plan.one.data);
    const std::string& name = plan.one.operation;
    if (name.starts_with("cublaslt."))
      data.layout == store::CaseLayout::gemm ? library_gemm(plan, data) : library_dots(plan, data);
    else if (data.layout == store::CaseLayout::gemm)
      chained(data);
    else if (!data.selected.empty())
      sparse_dots(data);
    else
      dots(plan, data);
  }

 private:
  void convert(const Plan& plan, store::ConversionCase& data) const {
    const auto& operation = std::get<ConversionOperation>(capture::operation(plan.one.operation));
    cuda::Conversion conversion{.relu = operation.relu, .high_lane = plan.form.high_lane};
    const bool widening = operation.to == formats::fp16;
    using Kind = cuda::Conversion::Kind;
    conversion.kind = widening ? Kind::to_f16 : operation.from ? Kind::from_f16 : Kind::from_f32;
    conversion.format = (widening ? *operation.from : operation.to) == formats::e4m3 ? Fp8::e4m3 : Fp8::e5m2;
    if (!data.digests) {
      data.output.values = gpu_->convert(conversion, data.input.values);
      return;
    }
    constexpr std::size_t kAtOnce = 256;
    for (std::size_t first = 0; first < data.input.values.size(); first += kAtOnce) {
      const std::size_t count = std::min(kAtOnce, data.input.values.size() - first);
      std::vector<std::uint32_t> inputs;
      for (std::size_t i = 0; i < count; ++i)
        for (std::uint32_t low = 0; low < 65536; ++low) inputs.push_back(data.input.values[first + i] << 16 | low);
      const std::vector<std::uint32_t> results = gpu_->convert(conversion, inputs);
      const std::vector<std::uint8_t> outputs(results.begin(), results.end());
      for (std::size_t i = 0; i < count; ++i)
        data.output.values[first + i] = digest(std::span(outputs).subspan(i * 65536, 65536));
    }
  }

  void dots(const Plan& plan, store::ProductCase& data) const {
    const auto& operation = std::get<ProductOperation>(capture::operation(plan.one.operation));
    const bool f32 = operation.product.accumulator == formats::Accumulator::f32;
    const cuda::Instruction instruction{.a = fp8(data.a_format),
                                        .b = fp8(data.b_format),
                                        .sum = f32 ? formats::Accumulator::f32 : formats::Accumulator::f16,
                                        .depth = static_cast<int>(data.depth),
                                        .columns = plan.form.columns,
                                        .a_in_registers = plan.form.a_in_registers,
                                        .negate_a = plan.form.negate_a,
                                        .negate_b = plan.form.negate_b,
                                        .ignore_c = plan.form.ignore_c};
    const std::vector<std::uint32_t> c = data.c ? data.c->values : std::vector<std::uint32_t>{};
    data.d.values = plan.one.operation.starts_with("wgmma.") ? gpu_->wgmma_dots(instruction, data.a, data.b, c)
                                                             : gpu_->mma_dots(instruction, data.a, data.b, c);
  }

  void sparse_dots(store::ProductCase& data) const {
    const cuda::Instruction instruction{
        .a = fp8(data.a_format),
        .b = fp8(data.b_format),
        .sum = data.d.width == 32 ? formats::Accumulator::f32 : formats::Accumulator::f16,
        .depth = static_cast<int>(data.depth)};
    data.d.values = gpu_->sparse_dots(instruction, selected_terms(data).a, data.selected, data.b,
                                      data.c ? data.c->values : std::vector<std::uint32_t>{});
  }

  static std::vector<std::uint32_t> bits(const std::vector<float>& values) {
    std::vector<std::uint32_t> all;
    for (const float value : values) all.push_back(std::bit_cast<std::uint32_t>(value));
    return all;
  }

  void chained(store::ProductCase& data) const {
    std::vector<float> c;
    if (data.c)
      for (const std::uint32_t value : data.c->values) c.push_back(std::bit_cast<float>(value));
    data.d.values = bits(gpu_->gemm(fp8(data.a_format), fp8(data.b_format), data.promotion.value_or(0), data.a, data.b,
                                    c, data.a_rows, data.b_rows, data.depth));
  }

  static cuda::LibraryProduct described(const Plan& plan, const store::ProductCase& data) {
    return {.a = fp8(data.a_format),
            .b = fp8(data.b_format),
            .fast_accumulation = plan.one.operation == "cublaslt.fp8.fast_accum",
            .m = data.a_rows,
            .n = data.b_rows,
            .k = data.depth,
            .split_k = static_cast<int>(data.split_k.value_or(0)),
            .algorithm = plan.form.proposal};
  }

  static cuda::ScaleMode scale_mode(store::ScaleMode mode) {
    switch (mode) {
      case store::ScaleMode::tensor:
        return cuda::ScaleMode::tensor;
      case store::ScaleMode::outer:
        return cuda::ScaleMode::outer;
      case store::ScaleMode::vec_128:
        return cuda::ScaleMode::vec_128;
      case store::ScaleMode::block_128x128:
        return cuda::ScaleMode::block_128x128;
    }
    return cuda::ScaleMode::tensor;
  }

  static cuda::OutputType output_type(const std::string& output) {
    using cuda::OutputType;
    if (output == "f32") return OutputType::f32;
    if (output == "f16") return OutputType::f16;
    if (output == "bf16") return OutputType::bf16;
    return output == "e4m3" ? OutputType::e4m3 : OutputType::e5m2;
  }

  static void add_call(cuda::LibraryProduct& product, const store::ProductCase& data) {
    const store::LibraryCall& call = *data.call;
    product.output = output_type(call.output);
    product.alpha = call.alpha;
    product.beta = data.c ? call.beta : 0.0f;
    product.a_mode = scale_mode(call.a_mode);
    product.b_mode = scale_mode(call.b_mode);
    product.a_scales = call.a_scales;
    product.b_scales = call.b_scales;
    product.c_scale = call.c_scale;
    product.d_scale = call.d_scale;
    product.amax = call.amax.has_value();
    if (call.bias) product.bias = values_beside(*call.bias, call.output);
    if (data.c) product.c = values_beside(*data.c, call.output);
  }

  static void note(store::ProductCase& data, const cuda::LibraryResult& result) {
    if (result.split_k > 1) data.split_k = result.split_k;
    data.algorithm = fmt::format("id {} tile {} stages {} split-K {} reduction {}; {} proposals", result.algorithm_id,
                                 result.tile, result.stages, result.split_k, result.reduction, result.proposals);
  }

  void library_gemm(const Plan& plan, store::ProductCase& data) const {
    cuda::LibraryProduct product = described(plan, data);
    if (data.call) add_call(product, data);
    const cuda::LibraryResult result = gpu_->library_gemm(product, data.a, data.b);
    data.d.values = result.d;
    if (data.call && data.call->amax) data.call->amax = std::bit_cast<std::uint32_t>(result.amax);
    note(data, result);
  }

  /// Dots on the diagonal of square products; the last one is filled up with zeros.
  void library_dots(const Plan& plan, store::ProductCase& data) const {
    const auto row = static_cast<std::size_t>(data.depth);
    for (std::int64_t first = 0; first < data.a_rows; first += kProbeSide) {
      const std::int64_t count = std::min(kProbeSide, data.a_rows - first);
      const auto block = [&](const std::vector<std::uint8_t>& codes) {
        const auto begin = codes.begin() + first * data.depth;
        std::vector<std::uint8_t> part(begin, begin + count * data.depth);
        part.resize(static_cast<std::size_t>(kProbeSide) * row);
        return part;
      };
      cuda::LibraryProduct product = described(plan, data);
      product.m = product.n = kProbeSide;
      const cuda::LibraryResult result = gpu_->library_gemm(product, block(data.a), block(data.b));
      note(data, result);
      for (std::int64_t i = 0; i < count; ++i)
        data.d.values[static_cast<std::size_t>(first + i)] = result.d[static_cast<std::size_t>(i * (kProbeSide + 1))];
    }
  }

  std::unique_ptr<cuda::Gpu> gpu_;
};

}  // namespace

std::unique_ptr<Executor> make_gpu_executor() { return std::make_unique<GpuExecutor>(cuda::open_gpu()); }

}  // namespace octavo::experiments::capture
