// The largest magnitude of a span and the counts and energies of a cast, the same bits at every vector width.
#include "formats/span/kernels/measure_kernel.h"

#include <cstring>

namespace octavo::formats::measure_kernel {
namespace {

constexpr std::int32_t kInfinity = 0x7F800000;
constexpr std::int32_t kMagnitude = 0x7FFFFFFF;

inline std::int32_t bits_of(float value) {
  std::int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

std::uint32_t amax(const float* x, std::size_t count, std::uint32_t* has_nan) {
  std::int32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t magnitude = bits_of(x[i]) & kMagnitude;
    largest = magnitude > largest ? magnitude : largest;
  }
  *has_nan = largest > kInfinity ? 1 : 0;
  if (*has_nan != 0) {
    largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t magnitude = bits_of(x[i]) & kMagnitude;
      const std::int32_t number = magnitude > kInfinity ? 0 : magnitude;
      largest = number > largest ? number : largest;
    }
  }
  return static_cast<std::uint32_t>(largest);
}

// The lengths that block formats have, told to the compiler. Asking for what lies 8 KiB ahead saves a third of the time
// on tensors beyond the caches: the loop has too few loads in flight by itself.
template <std::size_t length>
void amax_of_runs_of(const float* x, std::size_t runs, std::uint32_t* bits) {
  constexpr std::size_t kAhead = 2048, kLine = 16;  // floats
  for (std::size_t run = 0; run < runs; ++run) {
    for (std::size_t i = 0; i < length; i += kLine) __builtin_prefetch(x + run * length + kAhead + i);
    std::int32_t largest = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const std::int32_t magnitude = bits_of(x[run * length + i]) & kMagnitude;
      largest = magnitude > largest ? magnitude : largest;
    }
    bits[run] = static_cast<std::uint32_t>(largest);
  }
}

void amax_of_runs(const float* x, std::size_t length, std::size_t runs, std::uint32_t* bits) {
  if (length == 16) return amax_of_runs_of<16>(x, runs, bits);
  if (length == 32) return amax_of_runs_of<32>(x, runs, bits);
  for (std::size_t run = 0; run < runs; ++run) {
    std::int32_t largest = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const std::int32_t magnitude = bits_of(x[run * length + i]) & kMagnitude;
      largest = magnitude > largest ? magnitude : largest;
    }
    bits[run] = static_cast<std::uint32_t>(largest);
  }
}

// Vectors as wide as the registers, since compilers split wider ones badly. A comparison gives -1 where it holds.
#if defined(OCTAVO_ISA_avx512)
constexpr std::size_t kWidth = 16;
#elif defined(OCTAVO_ISA_avx2)
constexpr std::size_t kWidth = 8;
#else
constexpr std::size_t kWidth = 4;
#endif
constexpr std::size_t kLanes = 16;  // the same in every build: they decide the bits of the sums
typedef float Floats __attribute__((vector_size(kWidth * sizeof(float))));
typedef float HalfFloats __attribute__((vector_size(kWidth / 2 * sizeof(float))));
typedef std::int32_t Ints __attribute__((vector_size(kWidth * sizeof(std::int32_t))));
typedef double Doubles __attribute__((vector_size(kWidth / 2 * sizeof(double))));

/// Bits of the largest magnitude that does not overflow, and what differs in that of negative numbers.
struct Kept {
  std::int32_t positive, by_sign;
};

struct LaneStatistics {
  Ints zeros{}, underflow{}, beyond{}, nan{};
  Doubles signal[2 * kLanes / kWidth]{}, error[2 * kLanes / kWidth]{};
};

// Lanes half * kWidth / 2 onward as doubles.
inline Doubles widened(const Floats& x, std::size_t half) {
  HalfFloats part;
  std::memcpy(&part, reinterpret_cast<const char*>(&x) + half * sizeof part, sizeof part);
  return __builtin_convertvector(part, Doubles);
}

inline void add_lanes(const float* x, float scale, const float* values, const Kept& kept, double unscale,
                      std::size_t lane, LaneStatistics* lanes) {
  Floats signal, result;
  std::memcpy(&signal, x, sizeof signal);
  std::memcpy(&result, values, sizeof result);
  const Ints magnitude = reinterpret_cast<Ints>(signal) & kMagnitude;
  const Ints scaled = reinterpret_cast<Ints>(signal * scale) & kMagnitude;
  const Ints reached = reinterpret_cast<Ints>(result) & kMagnitude;
  lanes->zeros += magnitude == 0;
  lanes->underflow += (magnitude != 0) & (reached == 0);
  lanes->beyond += scaled > (kept.positive ^ ((reinterpret_cast<Ints>(signal) >> 31) & kept.by_sign));
  lanes->nan += magnitude > kInfinity;
  // A result that is infinite or NaN counts as infinite, and with x itself infinite or NaN both terms are left out.
  const Ints finite = magnitude < kInfinity;
  signal = reinterpret_cast<Floats>(reinterpret_cast<Ints>(signal) & finite);
  result =
      reinterpret_cast<Floats>((reached < kInfinity ? reinterpret_cast<Ints>(result) : Ints{} + kInfinity) & finite);
  for (std::size_t half = 0; half < 2; ++half) {
    const Doubles wide = widened(signal, half);
    const Doubles error = wide - widened(result, half) * unscale;
    lanes->signal[2 * lane / kWidth + half] += wide * wide;
    lanes->error[2 * lane / kWidth + half] += error * error;
  }
}

inline void add_sixteen(const float* x, float scale, const float* values, const Kept& kept, double unscale,
                        LaneStatistics* lanes) {
  for (std::size_t lane = 0; lane < kLanes; lane += kWidth)
    add_lanes(x + lane, scale, values + lane, kept, unscale, lane, lanes);
}

inline std::uint32_t count_of(const Ints& negative_counts) {
  std::int32_t count = 0;
  for (std::size_t lane = 0; lane < kWidth; ++lane) count -= negative_counts[lane];
  return static_cast<std::uint32_t>(count);
}

// The tree adds lanes 8 apart, then 4, 2, 1.
inline double sum_of(const Doubles* vectors) {
  double lanes[kLanes];
  std::memcpy(lanes, vectors, sizeof lanes);
  for (std::size_t width = kLanes / 2; width > 0; width /= 2)
    for (std::size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  return lanes[0];
}

BlockStatistics measure(const float* x, float scale, const float* values, KeptMagnitudes magnitudes,
                        std::size_t count) {
  const Kept kept{bits_of(magnitudes.positive), bits_of(magnitudes.positive) ^ bits_of(magnitudes.negative)};
  const double unscale = 1.0 / static_cast<double>(scale);
  LaneStatistics lanes;
  const std::size_t rest = count % kLanes;
  for (std::size_t i = 0; i < count - rest; i += kLanes) add_sixteen(x + i, scale, values + i, kept, unscale, &lanes);
  std::uint32_t padding = 0;
  if (rest != 0) {
    float last_x[kLanes] = {};
    float last_values[kLanes] = {};
    std::memcpy(last_x, x + count - rest, rest * sizeof(float));
    std::memcpy(last_values, values + count - rest, rest * sizeof(float));
    add_sixteen(last_x, scale, last_values, kept, unscale, &lanes);
    padding = static_cast<std::uint32_t>(kLanes - rest);  // counted as zeros; adds nothing to the sums
  }
  BlockStatistics statistics;
  statistics.zeros = count_of(lanes.zeros) - padding;
  statistics.underflow = count_of(lanes.underflow);
  statistics.nan = count_of(lanes.nan);
  statistics.overflow = count_of(lanes.beyond) - statistics.nan;  // the scaled value is NaN where x is
  statistics.signal_energy = sum_of(lanes.signal);
  statistics.error_energy = sum_of(lanes.error);
  return statistics;
}

}  // namespace

namespace OCTAVO_ISA {
const Kernels kernels = {amax, amax_of_runs, measure};
}

}  // namespace octavo::formats::measure_kernel
