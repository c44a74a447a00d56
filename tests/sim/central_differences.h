// Derivatives by differences, to check backward passes with: both in double.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace octavo::sim {

/// df/dx by the central difference of fourth order: error about h^4 plus rounding of 1e-16 |f| / h.
template <class Function>
double derivative(const Function& f, double& x, double h = 0x1p-9) {
  const double at = x;
  const auto value = [&](double offset) {
    x = at + offset;
    return f();
  };
  const double result = (8.0 * (value(h) - value(-h)) - (value(2.0 * h) - value(-2.0 * h))) / (12.0 * h);
  x = at;
  return result;
}

/// Every found derivative equals the difference to 1e-6 relative; what is below 1e-6 of the largest is compared to
/// that.
inline void expect_derivatives(const std::vector<double>& found, const std::vector<double>& differences,
                               const std::string& what) {
  ASSERT_EQ(found.size(), differences.size()) << what;
  double largest = 0.0;
  for (const double value : differences) largest = std::max(largest, std::fabs(value));
  EXPECT_GT(largest, 1e-6) << what << ": nothing is checked";
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], differences[i], 1e-6 * std::max(std::fabs(differences[i]), 1e-6 * largest))
        << what << " element " << i;
}

/// Checks `found`, the derivatives of f() by each element of `x`.
template <class Function>
void expect_gradient(const Function& f, std::vector<double>& x, const std::vector<double>& found,
                     const std::string& what) {
  std::vector<double> differences;
  for (double& value : x) differences.push_back(derivative(f, value));
  expect_derivatives(found, differences, what);
}

/// Values in [-spread, spread] about `mean`, the same for the same seed.
inline std::vector<double> random_values(std::int64_t count, unsigned seed, double spread = 1.0, double mean = 0.0) {
  std::mt19937 generator(seed);
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(mean + spread * (std::ldexp(generator(), -31) - 1.0));
  return values;
}

}  // namespace octavo::sim
