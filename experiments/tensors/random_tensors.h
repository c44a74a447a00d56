// Random tensors of unit standard deviation: the distributions that formats are judged on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace octavo::experiments {

enum class TensorShape : std::uint8_t {
  gaussian,
  laplace,
  student_t,  ///< 3 degrees of freedom, divided by its standard deviation sqrt(3)
};

/// "gaussian", "laplace", "student-t".
std::string_view name(TensorShape shape);

/// What element i is depends on the seed, the name and i alone.
struct RandomTensor {
  std::string name;
  std::vector<float> values;
  std::vector<std::uint32_t> outliers{};  ///< their indices, ascending
};

RandomTensor random_tensor(TensorShape shape, std::size_t elements, std::uint64_t seed);

/// A Gaussian with about 1 in 1024 elements replaced by +-sigma.
RandomTensor gaussian_with_outliers(float sigma, std::size_t elements, std::uint64_t seed);

}  // namespace octavo::experiments
