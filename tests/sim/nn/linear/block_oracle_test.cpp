// A linear layer under block scaling against one in NumPy (tests/oracle/block_linear.py), forward and backward: equal
// but for the order of sums.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "formats/block.h"
#include "scaling/cast.h"
#include "sim/gemm/catalog/engines.h"
#include "sim/nn/linear/linear.h"
#include "tests/shared_data.h"

namespace octavo::sim::nn {
namespace {

using scaling::Role;

scaling::Cast cast_named(const std::string& format, const std::string& rounding) {
  const std::map<std::string, formats::BlockFormat> formats{{"mxfp8-e4m3", formats::mxfp8_e4m3},
                                                            {"mxfp8-e5m2", formats::mxfp8_e5m2},
                                                            {"mxfp4", formats::mxfp4},
                                                            {"nvfp4", formats::nvfp4}};
  scaling::Cast cast = scaling::cast_of(formats.at(format));
  if (auto* mx = std::get_if<scaling::Mx>(&cast.scaling); mx != nullptr && rounding == "rceil")
    mx->rounding = scaling::MxRounding::rceil;
  return cast;
}

struct Example {
  std::int64_t rows = 0, outputs = 0, inputs = 0;
  std::map<std::string, std::vector<float>> tensors;  ///< x, w, dy

  /// sum |a| |b| over the dimension that the product sums over, times what binary32 may lose of it.
  double tolerance(const std::string& product, std::int64_t row, std::int64_t column) const {
    const auto at = [&](const char* name, std::int64_t i, std::int64_t j, std::int64_t columns) {
      return std::fabs(static_cast<double>(tensors.at(name)[static_cast<std::size_t>(i * columns + j)]));
    };
    double sum = 0.0;
    if (product == "y")
      for (std::int64_t k = 0; k < inputs; ++k) sum += at("x", row, k, inputs) * at("w", column, k, inputs);
    else if (product == "dx")
      for (std::int64_t n = 0; n < outputs; ++n) sum += at("dy", row, n, outputs) * at("w", n, column, inputs);
    else
      for (std::int64_t t = 0; t < rows; ++t) sum += at("dy", t, row, outputs) * at("x", t, column, inputs);
    return 1e-6 * sum + 1e-30;
  }
};

/// y, dx and dw under one recipe.
std::map<std::string, std::vector<float>> run(const Example& example, const scaling::Cast& forward,
                                              const scaling::Cast& gradient) {
  scaling::LinearRule rule;
  rule.casts = {forward, forward, gradient};
  LinearEngines engines;
  for (auto& engine : engines) engine = gemm::make_engine({.engine = "fp64"});
  Linear<float> linear(0, example.tensors.at("w"), {}, example.outputs, example.inputs);
  linear.apply(rule, scaling::Baseline::fp32, engines, false, true);
  std::map<std::string, std::vector<float>> result;
  result["y"].resize(static_cast<std::size_t>(example.rows * example.outputs));
  result["dx"].resize(static_cast<std::size_t>(example.rows * example.inputs));
  result["dw"].resize(static_cast<std::size_t>(example.outputs * example.inputs));
  LinearInput<float> input(example.tensors.at("x").data(), example.rows, example.inputs);
  KeptInput<float> kept;
  linear.forward(input, result["y"].data(), {}, &kept);
  linear.backward(kept, example.tensors.at("dy").data(), result["dx"].data(), false, {result["dw"].data(), nullptr},
                  {});
  return result;
}

TEST(BlockOracle, ForwardAndBackwardEqualNumpy) {
  std::ifstream file(OCTAVO_SOURCE "/tests/golden/block-linear.txt");
  ASSERT_TRUE(file.good());
  Example example;
  std::map<std::string, std::vector<float>> found;
  std::string line, recipe;
  int compared = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name == "layer") {
      example = {};
      words >> example.rows >> example.outputs >> example.inputs;
    } else if (name == "recipe") {
      std::string format, gradient, rounding;
      words >> format >> gradient >> rounding;
      recipe = line;
      found = run(example, cast_named(format, rounding), cast_named(gradient, rounding));
    } else if (!name.empty() && name[0] != '#') {
      std::int64_t rows = 0, columns = 0;
      words >> rows >> columns;
      std::vector<double> values(static_cast<std::size_t>(rows * columns));
      for (double& value : values) words >> value;
      if (name == "x" || name == "w" || name == "dy") {
        example.tensors[name].assign(values.begin(), values.end());
        continue;
      }
      for (std::int64_t i = 0; i < rows * columns; ++i, ++compared)
        ASSERT_NEAR(static_cast<double>(found.at(name)[static_cast<std::size_t>(i)]),
                    values[static_cast<std::size_t>(i)], example.tolerance(name, i / columns, i % columns))
            << name << ' ' << i << " under " << recipe;
    }
  }
  EXPECT_EQ(compared, 5 * 3 * 12);  // recipes x products of 12 elements
}

}  // namespace
}  // namespace octavo::sim::nn
