// Probes of single instructions.
#include <algorithm>
#include <cassert>

#include "cuda/device/memory.h"
#include "cuda/host/cuda_gpu.h"

namespace octavo::cuda {
namespace {

/// The codes with their signs flipped: an instruction that negates the operand sees the value that was asked for.
std::vector<std::uint8_t> negated(std::span<const std::uint8_t> codes) {
  std::vector<std::uint8_t> result(codes.begin(), codes.end());
  for (std::uint8_t& code : result) code ^= 0x80u;
  return result;
}

}  // namespace

std::vector<std::uint32_t> CudaGpu::convert(const Conversion& conversion, std::span<const std::uint32_t> in) {
  const DeviceArray<std::uint32_t> input(in);
  return results_of<std::uint32_t>("conversion", in.size(), [&](std::uint32_t* out) {
    return kernels_.convert(conversion, input.data(), out, static_cast<std::int64_t>(in.size()));
  });
}

std::vector<std::uint32_t> CudaGpu::conversion_digests(const Conversion& conversion,
                                                       std::span<const std::uint32_t> uppers) {
  const DeviceArray<std::uint32_t> input(uppers);
  return results_of<std::uint32_t>("digests of a conversion", uppers.size(), [&](std::uint32_t* out) {
    return kernels_.conversion_digests(conversion, input.data(), out, static_cast<std::int64_t>(uppers.size()));
  });
}

std::vector<std::uint32_t> CudaGpu::mma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                             std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) {
  return dots(kernels_.dots, 16, 8, "mma.sync", instruction, a, b, c);
}

std::vector<std::uint32_t> CudaGpu::wgmma_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                               std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) {
  return dots(kernels_.wgmma_dots, 64, instruction.columns, "wgmma", instruction, a, b, c);
}

std::vector<std::uint32_t> CudaGpu::sparse_dots(const Instruction& instruction, std::span<const std::uint8_t> a,
                                                std::span<const std::uint8_t> selected, std::span<const std::uint8_t> b,
                                                std::span<const std::uint32_t> c) {
  require(kernels_.sparse_dots != nullptr, "sparse wgmma");
  const std::size_t count = a.size() / 32;
  assert(selected.size() == count * 16 && b.size() == count * 64 && (c.empty() || c.size() == count));
  std::vector<std::uint32_t> addends(c.begin(), c.end());
  addends.resize(count);
  const DeviceArray<std::uint8_t> a_codes(a);
  const DeviceArray<std::uint8_t> choices(selected);
  const DeviceArray<std::uint8_t> b_codes(b);
  const DeviceArray<std::uint32_t> addend((std::span<const std::uint32_t>(addends)));
  return results_of<std::uint32_t>("sparse wgmma", count, [&](std::uint32_t* d) {
    return kernels_.sparse_dots(instruction, {a_codes.data(), choices.data(), b_codes.data(), addend.data(), d,
                                              static_cast<std::int64_t>(count)});
  });
}

std::vector<std::uint32_t> CudaGpu::dots(Launcher launcher, int rows, int columns, const char* what,
                                         const Instruction& instruction, std::span<const std::uint8_t> a,
                                         std::span<const std::uint8_t> b, std::span<const std::uint32_t> c) const {
  require(launcher != nullptr, what);
  const auto depth = static_cast<std::size_t>(instruction.depth);
  const auto tile = static_cast<std::size_t>(rows * columns);
  const std::size_t count = instruction.whole ? a.size() / (static_cast<std::size_t>(rows) * depth) : a.size() / depth;
  const std::size_t results = instruction.whole ? count * tile : count;
  assert(b.size() == (instruction.whole ? count * static_cast<std::size_t>(columns) * depth : a.size()));
  assert(c.empty() || c.size() == results);
  std::vector<std::uint32_t> addends(c.begin(), c.end());
  // An accumulator that is to be ignored holds NaN with a payload: the worst that it could hold.
  if (addends.empty() || instruction.ignore_c)
    addends.assign(results, !instruction.ignore_c ? 0u : instruction.sum == Accumulator::f32 ? 0x7F800001u : 0x7C01u);
  const DeviceArray<std::uint8_t> a_codes(instruction.negate_a ? std::span<const std::uint8_t>(negated(a)) : a);
  const DeviceArray<std::uint8_t> b_codes(instruction.negate_b ? std::span<const std::uint8_t>(negated(b)) : b);
  const DeviceArray<std::uint32_t> addend((std::span<const std::uint32_t>(addends)));
  return results_of<std::uint32_t>(what, results, [&](std::uint32_t* d) {
    return launcher(instruction, a_codes.data(), b_codes.data(), addend.data(), d, static_cast<std::int64_t>(count));
  });
}

}  // namespace octavo::cuda
