// The plan of the GPU benchmarks.
#include "tests/bench/gpu_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace octavo::bench {
namespace {

/// More specific names first.
constexpr std::array kPeaks{
    GpuPeak{"H200 NVL", 1671e12, 4.8e12}, GpuPeak{"H200", 1979e12, 4.8e12},  GpuPeak{"H100 PCIe", 1513e12, 2.0e12},
    GpuPeak{"H100 NVL", 1671e12, 3.9e12}, GpuPeak{"H100", 1979e12, 3.35e12},
};

// What the whole run may take on the host, taken slow on purpose.
constexpr double kShareOfPeak = 0.1;            // kernels run at a tenth of their bound
constexpr double kNumbersMadePerSecond = 50e6;  // random operands, once a size and kind
constexpr double kCopiedPerSecond = 2e9;        // bytes from and to pageable memory, once a batch
constexpr double kBuffersPerSecond = 100e6;     // elements of C and D that a library call goes through on the host

int launches(const GpuLine& line) { return kBatches * (kRepetitions + (line.library() ? 2 : 1)); }

double elements(const GpuLine& line) { return static_cast<double>(line.size) * static_cast<double>(line.size); }

double copied(const GpuLine& line) {
  return elements(line) * (!line.product() ? 4.0 : line.library() ? 2.0 + 4.0 + 4.0 : 2.0);
}

}  // namespace

double GpuLine::flop() const { return product() ? 2.0 * elements(*this) * static_cast<double>(size) : 0.0; }

double GpuLine::bytes() const {
  switch (work) {
    case GpuWork::amax:
      return 4.0 * elements(*this);
    case GpuWork::cast:
    case GpuWork::block_cast:
      return 5.0 * elements(*this);
    default:  // read and written once more transposed; products: two operands of a byte, f32 out
      return 6.0 * elements(*this);
  }
}

std::vector<GpuLine> gpu_lines() {
  std::vector<GpuLine> lines;
  const auto add = [&](std::string_view name, GpuWork work, std::int64_t size) {
    lines.push_back({fmt::format("gpu/{}/{}", name, size), work, size});
  };
  for (const std::int64_t size : {8192, 16384}) {
    add("amax", GpuWork::amax, size);
    add("cast", GpuWork::cast, size);
    add("cast-transposed", GpuWork::cast_transposed, size);
    add("block-cast", GpuWork::block_cast, size);
  }
  for (const std::int64_t size : {4096, 8192}) {
    add("gemm-wgmma", GpuWork::chained, size);
    add("cublaslt-fast-accum", GpuWork::fast, size);
    add("gemm-wgmma-promotion128", GpuWork::chained_promoted, size);
    add("cublaslt-split-accum", GpuWork::split, size);
  }
  return lines;
}

GpuPeak gpu_peak(std::string_view device) {
  for (const GpuPeak& peak : kPeaks)
    if (device.find(peak.name) != std::string_view::npos) return peak;
  return {device, 0, 0};
}

double bound_seconds(const GpuLine& line, const GpuPeak& peak) {
  return std::max(line.flop() / peak.flop_per_second, line.bytes() / peak.bytes_per_second);
}

std::string gpu_plan_text() {
  const GpuPeak h200 = gpu_peak("NVIDIA H200");
  const GpuPeak h100 = gpu_peak("NVIDIA H100 80GB HBM3");
  std::string text = fmt::format(
      "peaks: H200 {:.0f} TFLOP/s and {:.2f} TB/s, H100 SXM {:.0f} TFLOP/s and {:.2f} TB/s (dense FP8; data sheets)\n"
      "each line: the median of {} batches of {} launches, after one that is not counted\n"
      "{:<32} {:>8} {:>9} {:>9} {:>8} {:>10} {:>10} {:>9}\n",
      h200.flop_per_second * 1e-12, h200.bytes_per_second * 1e-12, h100.flop_per_second * 1e-12,
      h100.bytes_per_second * 1e-12, kBatches, kRepetitions, "line", "launches", "TFLOP", "MB", "bound by", "H200 us",
      "H100 us", "at most s");
  double total = 0;
  std::vector<std::pair<bool, std::int64_t>> made;
  for (const GpuLine& line : gpu_lines()) {
    const double bound = bound_seconds(line, h200);
    double seconds = launches(line) * bound / kShareOfPeak + kBatches * copied(line) / kCopiedPerSecond;
    if (line.library()) seconds += kBatches * elements(line) / kBuffersPerSecond;
    if (const std::pair key(line.product(), line.size); std::ranges::find(made, key) == made.end()) {
      made.push_back(key);
      seconds += elements(line) / kNumbersMadePerSecond;
    }
    total += seconds;
    text += fmt::format("{:<32} {:>8} {:>9.3f} {:>9.1f} {:>8} {:>10.1f} {:>10.1f} {:>9.2f}\n", line.name,
                        launches(line), line.flop() * 1e-12, line.bytes() * 1e-6,
                        line.flop() / h200.flop_per_second == bound ? "FLOP/s" : "bytes/s", bound * 1e6,
                        bound_seconds(line, h100) * 1e6, seconds);
  }
  return text + fmt::format(
                    "{} lines, at most {:.0f} s on an H200, if kernels reach {:.0f} % of their bound, operands "
                    "are made at {:.0f} M/s, copied at {:.0f} GB/s, and the library's C and D cost {:.0f} M "
                    "elements/s on the host\n",
                    gpu_lines().size(), total, kShareOfPeak * 100, kNumbersMadePerSecond * 1e-6,
                    kCopiedPerSecond * 1e-9, kBuffersPerSecond * 1e-6);
}

}  // namespace octavo::bench
