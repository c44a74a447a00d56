// Perplexity of a loss, the same bits on every machine.
#pragma once

#include <cmath>
#include <limits>

namespace octavo::experiments::store {

/// exp(loss) within 1 ulp, for a loss in nats; +inf from 709.79 on, 0 below -708, NaN for NaN. The C library's exp has
/// several versions, chosen by processor, that may differ in the last bit; files must not. Reduction to |r| <= ln(2)/2,
/// then the Taylor polynomial of degree 13 by Horner's rule.
inline double perplexity(double loss) {
  if (std::isnan(loss)) return loss;
  if (loss > 709.79) return std::numeric_limits<double>::infinity();
  if (loss < -708.0) return 0.0;
  constexpr double ln2_high = 0x1.62e42fee00000p-1;
  constexpr double ln2_low = 0x1.a39ef35793c76p-33;
  const double steps = std::nearbyint(loss * 0x1.71547652b82fep+0);
  const double high = loss - steps * ln2_high;  // exact
  const double low = steps * ln2_low;
  const double r = high - low;
  double sum = 1.0;
  for (int n = 13; n >= 3; --n) sum = 1.0 + r / n * sum;
  return std::ldexp(1.0 + (high + (r * r * 0.5 * sum - low)), static_cast<int>(steps));
}

}  // namespace octavo::experiments::store
