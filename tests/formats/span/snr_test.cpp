// Signal-to-noise ratios of casting Gaussian numbers, against targets found with another implementation.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "formats/catalog.h"
#include "formats/span/quantize.h"

namespace octavo::formats {
namespace {

/// 2^20 samples of N(0, 1) by the Box-Muller transform.
const std::vector<float>& normal_samples() {
  static const std::vector<float> samples = [] {
    std::mt19937_64 generator(20);
    const auto uniform = [&] { return (static_cast<double>(generator() >> 11) + 0.5) * 0x1p-53; };
    std::vector<float> x(std::size_t{1} << 20);
    for (std::size_t i = 0; i < x.size(); i += 2) {
      const double radius = std::sqrt(-2 * std::log(uniform()));
      const double angle = 2 * std::numbers::pi * uniform();
      x[i] = static_cast<float>(radius * std::cos(angle));
      x[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    return x;
  }();
  return samples;
}

double snr_db(const Spec& format, int exponent) {
  const std::vector<float>& x = normal_samples();
  std::vector<std::uint8_t> codes(x.size());
  const auto statistics = encode_with_statistics(format, Overflow::saturate, x, std::ldexp(1.0F, exponent), codes);
  return 10 * std::log10(statistics.signal_energy / statistics.error_energy);
}

TEST(Snr, OfGaussianNumbersMeetsTheTargets) {
  struct Target {
    Spec format;
    int first_exponent, last_exponent;  ///< of the scale
    double snr_db;
  };
  for (const Target& target : {Target{e4m3fnuz, -4, 5, 31.5},
                               {e4m3fnuz, -6, -6, 30.9},
                               {e4m3fnuz, -8, -8, 22.8},
                               {e4m3fnuz, -10, -10, 10.8},
                               {e4m3fnuz, 6, 6, 31.4},
                               {e4m3fnuz, 8, 8, 7.6},
                               {e5m2fnuz, -12, 14, 25.5},
                               {e4m3, -3, 6, 31.5},
                               {e4m3, -4, -4, 31.4},
                               {e5m2, -12, 14, 25.5}}) {
    for (int exponent = target.first_exponent; exponent <= target.last_exponent; ++exponent)
      EXPECT_NEAR(snr_db(target.format, exponent), target.snr_db, 0.2)
          << name(target.format) << " scale 2^" << exponent;
  }
}

}  // namespace
}  // namespace octavo::formats
