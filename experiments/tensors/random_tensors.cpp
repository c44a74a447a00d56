// Gaussian, Laplace and Student numbers from counters.
#include "experiments/tensors/random_tensors.h"

#include <array>
#include <cmath>

#include "machine/share.h"
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

std::string_view name(TensorShape shape) {
  constexpr std::array<std::string_view, 3> names{"gaussian", "laplace", "student-t"};
  return names[static_cast<std::size_t>(shape)];
}

RandomTensor random_tensor(TensorShape shape, std::size_t elements, std::uint64_t seed) {
  const auto draw = [&](auto number, std::uint64_t stream) {
    const std::uint64_t key = sim::nn::hash(seed, stream);
    return RandomTensor{std::string(name(shape)), numbers(elements, [&](std::uint64_t i) { return number(key, i); })};
  };
  switch (shape) {
    case TensorShape::gaussian:
      break;
    case TensorShape::laplace:
      return draw(laplace, 2);
    case TensorShape::student_t:
      return draw(student, 3);
  }
  return draw(sim::nn::normal, 1);
}

RandomTensor gaussian_with_outliers(float sigma, std::size_t elements, std::uint64_t seed) {
  RandomTensor result = random_tensor(TensorShape::gaussian, elements, seed);
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
