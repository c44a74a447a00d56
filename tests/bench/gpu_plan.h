// What the GPU benchmarks run, known without a GPU: lines, launches, bytes and operations, bounds, and the time it
// takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace octavo::bench {

/// Each line is the median of so many batches, each the mean of so many launches after one that is not counted.
inline constexpr int kBatches = 7;
inline constexpr int kRepetitions = 20;

enum class GpuWork : std::uint8_t { amax, cast, cast_transposed, block_cast, chained, chained_promoted, fast, split };

/// One benchmark over size x size tensors, or products of them.
struct GpuLine {
  std::string name;  ///< "gpu/cast/8192"
  GpuWork work = GpuWork::amax;
  std::int64_t size = 0;

  bool product() const { return work >= GpuWork::chained; }
  bool library() const { return work >= GpuWork::fast; }
  double flop() const;   ///< of a launch; casts: 0
  double bytes() const;  ///< that a launch has to read and write once
};

/// Every operand or result is larger than the 50 MB of an H100's L2 cache.
std::vector<GpuLine> gpu_lines();

/// Dense FP8 and memory at their peak, from NVIDIA's data sheets.
struct GpuPeak {
  std::string_view name;  ///< as the driver says it, or a part of that
  double flop_per_second;
  double bytes_per_second;
};
/// Nothing known of it: zeros.
GpuPeak gpu_peak(std::string_view device);

/// Seconds below which a launch cannot go: the larger of operations and bytes at the peak.
double bound_seconds(const GpuLine& line, const GpuPeak& peak);

/// The table, and the sum of the seconds with its assumptions.
std::string gpu_plan_text();

}  // namespace octavo::bench
