// The 16 lanes in which rows are summed, as wide as the registers, since compilers split wider vectors badly; only the
// *.simd.cpp files of this folder include this.
#pragma once

#include <cstdint>

namespace octavo::sim::nn {
namespace {

constexpr int kLanes = 16;  // the same in every build: they decide the bits of the sums
#if defined(OCTAVO_ISA_avx512)
constexpr int kWidth = 16;
#elif defined(OCTAVO_ISA_avx2)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif

typedef float FloatVector __attribute__((vector_size(kWidth * sizeof(float))));
typedef float HalfVector __attribute__((vector_size(kWidth / 2 * sizeof(float))));
typedef double DoubleVector __attribute__((vector_size(kWidth / 2 * sizeof(double))));

/// Sixteen numbers.
struct Floats {
  static constexpr int kParts = kLanes / kWidth;
  FloatVector part[kParts];
};
struct Doubles {
  static constexpr int kParts = 2 * kLanes / kWidth;
  DoubleVector part[kParts];
};

inline Floats load(const float* x) {
  Floats lanes;
  __builtin_memcpy(&lanes, x, sizeof lanes);
  return lanes;
}
inline Doubles load_wide(const float* x) {
  Doubles lanes;
  for (int i = 0; i < Doubles::kParts; ++i) {
    HalfVector half;
    __builtin_memcpy(&half, x + i * (kWidth / 2), sizeof half);
    lanes.part[i] = __builtin_convertvector(half, DoubleVector);
  }
  return lanes;
}

/// The last n < 16 elements of a row, then zeros.
struct Tail {
  float values[kLanes] = {};

  Tail(const float* x, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) values[i] = x[i];
  }
};

/// Calls add with pointers to 16 elements of each row, from the first to the n-th, the last ones filled up with zeros.
template <class Add, class... Row>
[[gnu::always_inline]] inline void for_each_piece(std::int64_t n, const Add& add, const Row*... rows) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) add((rows + i)...);
  if (i < n) add(Tail(rows + i, n - i).values...);
}

/// Lanes 8 apart are added, then 4, 2 and 1.
template <class Number, class Lanes>
[[gnu::always_inline]] inline Number tree_sum(const Lanes& all) {
  Number lanes[kLanes];
  __builtin_memcpy(lanes, &all, sizeof lanes);
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}

}  // namespace
}  // namespace octavo::sim::nn
