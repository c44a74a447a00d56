// Gaussian, Laplace and Student numbers from counters.
#include "experiments/tensors/random_tensors.h"

#include <cmath>
#include <cstdlib>

#include "machine/share.h"
#include "messages/error.h"
#include "sim/nn/elementwise/elementary.h"
#include "sim/nn/random.h"

namespace octavo::experiments {
namespace {

/// In (0, 1).
double uniform(std::uint64_t key, std::uint64_t counter) {
  return (static_cast<double>(sim::nn::hash(key, counter) >> 32) + 0.5) * 0x1p-32;
}

double laplace(std::uint64_t key, std::uint64_t counter) {
  const double u = uniform(key, counter) - 0.5;  // never 0: uniform() hits the middle of its steps
  return std::copysign(sim::nn::log(1.0 - 2.0 * std::fabs(u)), -u) * std::sqrt(0.5);
}

/// Of 3 degrees of freedom, divided by sqrt(3): a normal number over the root mean square of three others.
double student(std::uint64_t key, std::uint64_t counter) {
  double squares = 0.0;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const double z = sim::nn::normal(key, 4 * counter + i);
    squares += z * z;
  }
  return sim::nn::normal(key, 4 * counter) / std::sqrt(squares / 3.0) / std::sqrt(3.0);
}

template <class Number>
std::vector<float> numbers(std::size_t elements, const Number& number) {
  std::vector<float> values(elements);
  const auto count = static_cast<std::int64_t>(elements);
  machine::share(count, 50, [&](std::int64_t i) {
    values[static_cast<std::size_t>(i)] = static_cast<float>(number(static_cast<std::uint64_t>(i)));
  });
  return values;
}

constexpr std::uint64_t kOutlierKey = 0x6f75746c69657273;
constexpr std::uint64_t kOneIn = 1024;

}  // namespace

RandomTensor random_tensor(std::string_view distribution, std::size_t elements, std::uint64_t seed) {
  RandomTensor result{std::string(distribution), {}};
  const auto draw = [&](auto number, std::uint64_t stream) {
    const std::uint64_t key = sim::nn::hash(seed, stream);
    result.values = numbers(elements, [&](std::uint64_t i) { return number(key, i); });
  };
  if (distribution == "gaussian")
    draw(sim::nn::normal, 1);
  else if (distribution == "laplace")
    draw(laplace, 2);
  else if (distribution == "student-t")
    draw(student, 3);
  else
    throw Error("unknown distribution '" + result.name + "'; give gaussian, laplace or student-t");
  return result;
}

RandomTensor gaussian_with_outliers(float sigma, std::size_t elements, std::uint64_t seed) {
  RandomTensor result = random_tensor("gaussian", elements, seed);
  result.name = "gaussian, outliers of " + std::to_string(std::lround(sigma));
  for (std::size_t i = 0; i < elements; ++i) {
    const std::uint64_t bits = sim::nn::hash(seed ^ kOutlierKey, i);
    if (bits % kOneIn != 0) continue;
    result.values[i] = (bits >> 63) != 0 ? -sigma : sigma;
    result.outliers.push_back(static_cast<std::uint32_t>(i));
  }
  return result;
}

}  // namespace octavo::experiments
