// Logarithms with the same bits on every C library, for scales that are chosen by them.
#pragma once

#include <cmath>

namespace octavo::scaling {

/// ln x for finite x > 0, within 2^-50 relative or, near 1, absolute: exact halvings, then the series of artanh.
inline double logarithm(double x) {
  int exponent = 0;
  double significand = std::frexp(x, &exponent);
  if (significand < 0.70710678118654752) {
    significand *= 2.0;
    --exponent;
  }
  const double t = (significand - 1.0) / (significand + 1.0);  // |t| < 0.172: 12 terms reach the last place
  double sum = 0.0;
  for (int k = 23; k >= 1; k -= 2) sum = sum * t * t + 1.0 / k;
  return exponent * 0.69314718055994531 + 2.0 * t * sum;
}

/// log2 x likewise; exact for powers of two.
inline double log2_of(double x) {
  int exponent = 0;
  const double significand = std::frexp(x, &exponent);
  if (significand == 0.5) return exponent - 1;
  return exponent + logarithm(significand) / 0.69314718055994531;
}

}  // namespace octavo::scaling
