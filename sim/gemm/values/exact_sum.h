// A sum of products that loses no bit: fixed point over the whole range of binary32 products, rounded once at the end.
#pragma once

#include <array>
#include <cstdint>

namespace octavo::sim::gemm {

/// Holds sums of at most 2^30 terms. A term is a finite binary64 value that is 0 or a product of two finite binary32
/// values (2^-298 to 2^256 in magnitude, which binary64 holds exactly).
class ExactSum {
 public:
  void add(double term);

  /// The sum rounded to nearest even, overflow to infinity. A sum of zero is +0.
  float rounded() const;

 private:
  // Digits of 32 bits in ascending order, the first worth 2^kLowest; carries wait in their upper halves.
  static constexpr int kLowest = -352;  // 2^-298 has its 53 significant bits down to 2^-350
  std::array<std::int64_t, 20> digits_{};
};

}  // namespace octavo::sim::gemm
