// Running kernels on the first CUDA device: operands up, launch, results down.
#include "cuda/gpu.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "cuda/cublaslt.h"
#include "cuda/device_memory.h"
#include "cuda/device_time.h"
#include "cuda/kernels.h"

namespace octavo::cuda {
namespace {

std::string version(int number) { return std::to_string(number / 1000) + '.' + std::to_string(number % 1000 / 10); }

/// Kernels of architecture-specific code run on exactly their compute capability.
struct Target {
  int major;
  int minor;
  const char* name;
  Kernels (*kernels)();
};

std::vector<Target> targets() {
  std::vector<Target> compiled;
#ifdef OCTAVO_HAS_SM89
  compiled.push_back({8, 9, "sm89", sm89::kernels});
#endif
#ifdef OCTAVO_HAS_SM90A
  compiled.push_back({9, 0, "sm90", sm90a::kernels});
#endif
#ifdef OCTAVO_HAS_SM100A
  compiled.push_back({10, 0, "sm100", sm100a::kernels});
#endif
#ifdef OCTAVO_HAS_SM120A
  compiled.push_back({12, 0, "sm120", sm120a::kernels});
#endif
  return compiled;
}

/// The codes with their signs flipped: an instruction that negates the operand sees the value that was asked for.
std::vector<std::uint8_t> negated(std::span<const std::uint8_t> codes) {
  std::vector<std::uint8_t> result(codes.begin(), codes.end());
  for (std::uint8_t& code : result) code ^= 0x80u;
  return result;
}

class CudaGpu final : public Gpu {
 public:
  CudaGpu(Device device, const Kernels& kernels) : device_(std::move(device)), kernels_(kernels) {}

  const Device& device() const override { return device_; }

  std::vector<std::uint32_t> convert(const Conversion& conversion, std::span<const std::uint32_t> in) override {
    const DeviceArray<std::uint32_t> input(in);
    const DeviceArray<std::uint32_t> output(in.size());
    check(kernels_.convert(conversion, input.data(), output.data(), static_cast<std::int64_t>(in.size())),
          "conversion");
    return output.values();
  }

  std::vector<std::uint32_t> mma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                      std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) override {
    return dots(kernels_.dots, "mma.sync", instruction, a, b, c);
  }

  std::vector<std::uint32_t> wgmma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                        std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) override {
    return dots(kernels_.wgmma_dots, "wgmma", instruction, a, b, c);
  }

  std::vector<std::uint32_t> sparse_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                         std::span<const std::uint8_t> selected, std::span<const std::uint8_t> b,
                                         std::span<const std::uint32_t> c) override {
    require(kernels_.sparse_dots != nullptr, "sparse wgmma");
    const std::size_t count = a.size() / 32;
    assert(selected.size() == count * 16 && b.size() == count * 64 && (c.empty() || c.size() == count));
    std::vector<std::uint32_t> addends(c.begin(), c.end());
    addends.resize(count);
    const DeviceArray<std::uint8_t> a_codes(a);
    const DeviceArray<std::uint8_t> choices(selected);
    const DeviceArray<std::uint8_t> b_codes(b);
    const DeviceArray<std::uint32_t> addend((std::span<const std::uint32_t>(addends)));
    const DeviceArray<std::uint32_t> d(count);
    check(kernels_.sparse_dots(instruction, {a_codes.data(), choices.data(), b_codes.data(), addend.data(), d.data(),
                                             static_cast<std::int64_t>(count)}),
          "sparse wgmma");
    return d.values();
  }

  std::vector<float> gemm(Fp8 a_format, Fp8 b_format, std::int64_t promotion, std::span<const std::uint8_t> a,
                          std::span<const std::uint8_t> b, std::span<const float> c, std::int64_t m, std::int64_t n,
                          std::int64_t k) override {
    require(kernels_.gemm != nullptr, "wgmma GEMM");
    assert(static_cast<std::int64_t>(a.size()) == m * k && static_cast<std::int64_t>(b.size()) == n * k);
    const DeviceArray<std::uint8_t> a_codes(a);
    const DeviceArray<std::uint8_t> b_codes(b);
    const DeviceArray<float> addend(c);
    const DeviceArray<float> d(static_cast<std::size_t>(m * n));
    check(
        kernels_.gemm(a_format, b_format, promotion, a_codes.data(), b_codes.data(), addend.data(), d.data(), m, n, k),
        "wgmma GEMM");
    return d.values();
  }

  LibraryResult library_gemm(const LibraryProduct& product, std::span<const std::uint8_t> a,
                             std::span<const std::uint8_t> b) override {
    return cublaslt_gemm(product, a, b);
  }

  double gemm_seconds(std::int64_t promotion, std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                      std::int64_t m, std::int64_t n, std::int64_t k, int repetitions) override {
    require(kernels_.gemm != nullptr, "wgmma GEMM");
    const DeviceArray<std::uint8_t> a_codes(a);
    const DeviceArray<std::uint8_t> b_codes(b);
    const DeviceArray<float> d(static_cast<std::size_t>(m * n));
    return device_seconds(repetitions, [&] {
      check(kernels_.gemm(Fp8::e4m3, Fp8::e4m3, promotion, a_codes.data(), b_codes.data(), nullptr, d.data(), m, n, k),
            "wgmma GEMM");
    });
  }

  double library_seconds(const LibraryProduct& product, std::span<const std::uint8_t> a,
                         std::span<const std::uint8_t> b, int repetitions) override {
    double seconds = 0;
    cublaslt_gemm(product, a, b, repetitions, &seconds);
    return seconds;
  }

  double cast_seconds(Pass pass, std::span<const float> x, std::int64_t rows, std::int64_t columns,
                      int repetitions) override {
    require(kernels_.cast != nullptr, "cast");
    const DeviceArray<float> input(x);
    const DeviceArray<std::uint8_t> codes(x.size());
    const DeviceArray<std::uint8_t> transposed(pass == Pass::cast_transposed ? x.size() : 0);
    const DeviceArray<std::int8_t> biases(static_cast<std::size_t>(rows * ((columns + 127) / 128)));
    const DeviceArray<std::uint32_t> amax(1);
    const DeviceArray<int> bias(1);
    check(kernels_.amax(input.data(), rows * columns, amax.data()), "amax");
    return device_seconds(repetitions, [&] {
      if (pass == Pass::amax)
        check(kernels_.amax(input.data(), rows * columns, amax.data()), "amax");
      else if (pass == Pass::block_cast)
        check(kernels_.block_cast(Fp8::e4m3, input.data(), rows, columns, codes.data(), biases.data()), "block cast");
      else
        check(kernels_.cast(Fp8::e4m3, input.data(), rows, columns, amax.data(), 0, codes.data(), transposed.data(),
                            bias.data(), nullptr),
              "cast");
    });
  }

  Cast cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns, int margin,
            std::vector<std::uint8_t>* transposed) override {
    require(kernels_.cast != nullptr, "fused cast");
    const DeviceArray<float> input(x);
    const DeviceArray<std::uint32_t> amax(1);
    const DeviceArray<int> bias(1);
    const DeviceArray<std::uint8_t> codes(x.size());
    const DeviceArray<std::uint8_t> columns_first(transposed == nullptr ? 0 : x.size());
    check(kernels_.amax(input.data(), static_cast<std::int64_t>(x.size()), amax.data()), "amax");
    check(kernels_.cast(format, input.data(), rows, columns, amax.data(), margin, codes.data(), columns_first.data(),
                        bias.data(), nullptr),
          "fused cast");
    if (transposed != nullptr) *transposed = columns_first.values();
    return {.codes = codes.values(), .bias = bias.values()[0], .amax_bits = amax.values()[0]};
  }

  BlockCast block_cast(Fp8 format, std::span<const float> x, std::int64_t rows, std::int64_t columns) override {
    require(kernels_.block_cast != nullptr, "block cast");
    const DeviceArray<float> input(x);
    const DeviceArray<std::uint8_t> codes(x.size());
    const DeviceArray<std::int8_t> biases(static_cast<std::size_t>(rows * ((columns + 127) / 128)));
    check(kernels_.block_cast(format, input.data(), rows, columns, codes.data(), biases.data()), "block cast");
    return {.codes = codes.values(), .biases = biases.values()};
  }

 private:
  using Launcher = decltype(Kernels::dots);

  void require(bool there, const char* what) const {
    if (!there) throw Error(std::string(what) + " is not compiled for " + device_.target + "; it needs an H100 (sm90)");
  }

  std::vector<std::uint32_t> dots(Launcher launcher, const char* what, const Instruction& instruction,
                                  std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                  std::span<const std::uint32_t> c) {
    require(launcher != nullptr, what);
    const std::size_t count = a.size() / static_cast<std::size_t>(instruction.depth);
    assert(a.size() == b.size() && (c.empty() || c.size() == count));
    std::vector<std::uint32_t> addends(c.begin(), c.end());
    // An accumulator that is to be ignored holds NaN with a payload: the worst that it could hold.
    if (addends.empty() || instruction.ignore_c)
      addends.assign(count, !instruction.ignore_c ? 0u : instruction.sum == Accumulator::f32 ? 0x7F800001u : 0x7C01u);
    const DeviceArray<std::uint8_t> a_codes(instruction.negate_a ? std::span<const std::uint8_t>(negated(a)) : a);
    const DeviceArray<std::uint8_t> b_codes(instruction.negate_b ? std::span<const std::uint8_t>(negated(b)) : b);
    const DeviceArray<std::uint32_t> addend((std::span<const std::uint32_t>(addends)));
    const DeviceArray<std::uint32_t> d(count);
    check(launcher(instruction, a_codes.data(), b_codes.data(), addend.data(), d.data(),
                   static_cast<std::int64_t>(count)),
          what);
    return d.values();
  }

  Device device_;
  Kernels kernels_;
};

/// The runtime reports a driver that is too old and no driver at all alike.
std::string what_driver_is_needed() {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  // Of each major version of CUDA the oldest driver serves every minor one.
  const std::string needed = CUDART_VERSION / 1000 == 12 ? "525.60.13" : "580.65.06";
  return "no CUDA device on this machine (" +
         (driver == 0 ? "no NVIDIA driver is loaded" : "its driver is for CUDA " + version(driver)) +
         "); kernels compiled with CUDA " + version(CUDART_VERSION) + " need driver " + needed + " or newer";
}

}  // namespace

std::unique_ptr<Gpu> open_gpu() {
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found == cudaErrorInsufficientDriver) throw Error(what_driver_is_needed());
  if (found != cudaSuccess || count == 0)
    throw Error(std::string("no CUDA device on this machine (") +
                (found != cudaSuccess ? cudaGetErrorString(found) : "none is visible") +
                "); run this where there is one, for example an H100");
  check(cudaSetDevice(0), "the first CUDA device");
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "the first CUDA device");
  std::string compiled;
  for (const Target& target : targets()) {
    compiled += (compiled.empty() ? "" : ", ") + std::string(target.name);
    if (target.major != properties.major || target.minor != properties.minor) continue;
    int driver = 0;
    check(cudaDriverGetVersion(&driver), "version of the driver");
    Device device{.name = properties.name,
                  .target = target.name,
                  .driver = version(driver),
                  .toolkit = version(CUDART_VERSION),
                  .cublaslt = cublaslt_version()};
    return std::make_unique<CudaGpu>(std::move(device), target.kernels());
  }
  throw Error(std::string(properties.name) + " has compute capability " + std::to_string(properties.major) + '.' +
              std::to_string(properties.minor) + "; kernels were compiled for " + compiled);
}

}  // namespace octavo::cuda
