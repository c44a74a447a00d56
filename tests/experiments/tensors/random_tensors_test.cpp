// The random tensors that formats are judged on.
#include "experiments/tensors/random_tensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace octavo::experiments {
namespace {

TEST(RandomTensors, HaveUnitDeviationAndTheirShapes) {
  constexpr std::size_t kCount = 1 << 18;
  for (const auto& [shape, kurtosis] : {std::pair(TensorShape::gaussian, 3.0), {TensorShape::laplace, 6.0}}) {
    SCOPED_TRACE(name(shape));
    const RandomTensor tensor = random_tensor(shape, kCount, 7);
    double sum = 0.0, squares = 0.0, fourth = 0.0;
    for (const float value : tensor.values) {
      const auto x = static_cast<double>(value);
      sum += x / kCount;
      squares += x * x / kCount;
      fourth += x * x * x * x / kCount;
    }
    EXPECT_NEAR(sum, 0.0, 0.01);
    EXPECT_NEAR(squares, 1.0, 0.02);
    EXPECT_NEAR(fourth / squares / squares, kurtosis, 0.1 * kurtosis);
  }
  // Student's t of 3 degrees has P(|t| > 5.84) = 0.01; here t / sqrt(3).
  const RandomTensor student = random_tensor(TensorShape::student_t, kCount, 7);
  const auto far = std::count_if(student.values.begin(), student.values.end(),
                                 [](float x) { return std::fabs(x) > 5.841F / std::sqrt(3.0F); });
  EXPECT_NEAR(static_cast<double>(far) / kCount, 0.01, 0.001);
  const RandomTensor outliers = gaussian_with_outliers(30.0F, kCount, 7);
  EXPECT_NEAR(static_cast<double>(outliers.outliers.size()) / kCount * 1024.0, 1.0, 0.2);
  for (const std::uint32_t i : outliers.outliers) EXPECT_EQ(std::fabs(outliers.values[i]), 30.0F);
  const std::vector<float> all = random_tensor(TensorShape::gaussian, kCount, 7).values;
  EXPECT_EQ(random_tensor(TensorShape::gaussian, 5, 7).values, std::vector<float>(all.begin(), all.begin() + 5));
}

}  // namespace
}  // namespace octavo::experiments
