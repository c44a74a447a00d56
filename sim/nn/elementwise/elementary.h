// exp, log, sin and cos in binary64 by series of our own, so that results do not depend on a library or a processor.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace octavo::sim::nn {

// Errors stated here are relative (absolute for sin and cos), measured in tests/sim/nn/elementwise/elementary_test.cpp.
// Compiled without contraction to fused operations, each function gives the same bits everywhere.

inline constexpr double kLn2High = 0x1.62e42fefp-1;  // 33 bits, so that n * kLn2High is exact for |n| < 2^20
inline constexpr double kLn2Low = 0x1.473de6af278edp-34;
inline constexpr double kLog2E = 0x1.71547652b82fep+0;

/// e^x for any x; error below 4e-16 where the result is normal.
inline double exp(double x) {
  if (!(x > -745.2)) return x != x ? x : 0.0;
  if (x > 709.8) return std::numeric_limits<double>::infinity();
  const double n = std::nearbyint(x * kLog2E);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  double sum = 1.0 / 6227020800.0;  // 1/13!, then by Horner's rule down to 1/0!
  for (const double factorial :
       {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0})
    sum = sum * r + 1.0 / factorial;
  return std::ldexp(sum, static_cast<int>(n));
}

/// Natural logarithm of x > 0, finite and normal; error below 4e-16 away from 1, absolute error below 4e-16 near it.
inline double log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) {
    m *= 2.0;
    --exponent;
  }
  // log m = 2 artanh s, s = (m - 1) / (m + 1), |s| < 0.172.
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double sum = 0.0;
  for (int k = 23; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  return (2.0 * s * sum + exponent * kLn2Low) + exponent * kLn2High;
}

struct SinCos {
  double sin;
  double cos;
};

/// Sine and cosine of |x| < 2^20; absolute error below 3e-16.
inline SinCos sin_cos(double x) {
  constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
  constexpr double kHalfPi1 = 0x1.921fb544p+0;  // pi/2 in three parts, the first two of 33 bits
  constexpr double kHalfPi2 = 0x1.0b4611a6p-34;
  constexpr double kHalfPi3 = 0x1.3198a2e037073p-69;
  const double n = std::nearbyint(x * kTwoOverPi);
  const double r = ((x - n * kHalfPi1) - n * kHalfPi2) - n * kHalfPi3;
  const double r2 = r * r;
  double sine = 0.0;
  for (int k = 19; k >= 3; k -= 2) sine = (sine - 1.0) * (-r2) * (1.0 / (k * (k - 1.0)));
  // Above: nested form of 1 - r^2/(2*3) (1 - r^2/(4*5) (...)), kept as the part to subtract from 1.
  double cosine = 0.0;
  for (int k = 20; k >= 2; k -= 2) cosine = (cosine - 1.0) * (-r2) * (1.0 / (k * (k - 1.0)));
  const double s = r - r * sine;
  const double c = 1.0 - cosine;
  switch (static_cast<std::int64_t>(n) & 3) {
    case 0:
      return {s, c};
    case 1:
      return {c, -s};
    case 2:
      return {-s, -c};
    default:
      return {-c, s};
  }
}

}  // namespace octavo::sim::nn
