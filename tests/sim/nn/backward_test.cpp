// Each layer's backward pass against central differences in double, and the float kernels against double.
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "machine/instruction_set.h"
#include "machine/threads.h"
#include "sim/nn/attention.h"
#include "sim/nn/dropout.h"
#include "sim/nn/embedding.h"
#include "sim/nn/linear/linear.h"
#include "sim/nn/loss.h"
#include "sim/nn/norm.h"
#include "tests/sim/central_differences.h"

namespace octavo::sim::nn {
namespace {

using Values = std::vector<double>;
using scaling::Baseline;

/// sum of weights * y: a scalar whose derivative by y is `weights`.
double dot(const Values& weights, const Values& y) {
  double total = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) total += weights[i] * y[i];
  return total;
}

TEST(LinearBackward, EqualsDifferences) {
  const std::int64_t rows = 5, inputs = 4, outputs = 3;
  std::vector<float> weight, bias;
  for (const double value : random_values(inputs * outputs, 1)) weight.push_back(static_cast<float>(value));
  for (const double value : random_values(outputs, 2)) bias.push_back(static_cast<float>(value));
  Values x = random_values(rows * inputs, 3), dy = random_values(rows * outputs, 4);
  const auto loss = [&] {
    const Linear<double> linear(0, weight, bias, outputs, inputs);
    LinearInput<double> input(x.data(), rows, inputs);
    Values y(dy.size());
    linear.forward(input, y.data(), {});
    return dot(dy, y);
  };
  const Linear<double> linear(0, weight, bias, outputs, inputs);
  LinearInput<double> input(x.data(), rows, inputs);
  KeptInput<double> kept;
  Values y(dy.size()), dx(x.size()), dw(weight.size()), db(bias.size());
  linear.forward(input, y.data(), {}, &kept);
  linear.backward(kept, dy.data(), dx.data(), false, {dw.data(), db.data()}, {});
  expect_gradient(loss, x, dx, "x");
  // The parameters are floats: exact differences, since the layer is linear in them.
  const auto by_float = [&](std::vector<float>& parameters, const Values& found, const char* what) {
    Values differences;
    for (float& parameter : parameters) {
      const float at = parameter;
      parameter = at + 0.25F;
      const double above = loss(), up = parameter;
      parameter = at - 0.25F;
      differences.push_back((above - loss()) / (up - static_cast<double>(parameter)));
      parameter = at;
    }
    expect_derivatives(found, differences, what);
  };
  by_float(weight, dw, "w");
  by_float(bias, db, "b");
}

TEST(NormBackward, EqualsDifferences) {
  const std::int64_t rows = 3, width = 7;
  for (const bool centred : {false, true}) {
    Norm<double> norm{random_values(width, 1, 0.5, 1.0), centred ? random_values(width, 2) : Values{}, 1e-3};
    Values x = random_values(rows * width, 3), dy = random_values(rows * width, 4);
    const auto loss = [&] {
      Values y(x.size());
      norm_forward(norm, x.data(), rows, y.data());
      return dot(dy, y);
    };
    Values dx(x.size()), dgain(norm.gain.size()), dbias(norm.bias.size());
    norm_backward(norm, x.data(), dy.data(), rows, dx.data(), dgain.data(), dbias.data());
    expect_gradient(loss, x, dx, "x");
    expect_gradient(loss, norm.gain, dgain, "gain");
    if (centred) expect_gradient(loss, norm.bias, dbias, "bias");
  }
}

TEST(AttentionBackward, EqualsDifferences) {
  // 70 positions make two blocks; two heads share each pair of keys and values.
  const AttentionShape shape{4, 2, 2};
  for (const std::int64_t positions : {1, 5, 70}) {
    Values q = random_values(positions * 8, 1), k = random_values(positions * 4, 2);
    Values v = random_values(positions * 4, 3), dout = random_values(positions * 8, 4);
    const auto loss = [&] {
      Values out(dout.size());
      attention_forward<double>(shape, Baseline::fp32, {q.data(), 8}, {k.data(), 4}, {v.data(), 4}, positions,
                                positions, {out.data(), 8});
      return dot(dout, out);
    };
    Values dq(q.size(), 9.0), dk(k.size(), 9.0), dv(v.size(), 9.0);
    attention_backward<double>(shape, Baseline::fp32, {q.data(), 8}, {k.data(), 4}, {v.data(), 4}, positions,
                               {dout.data(), 8}, {dq.data(), 8}, {dk.data(), 4}, {dv.data(), 4});
    expect_gradient(loss, v, dv, "v");
    if (positions == 1) {
      for (const double value : dq) EXPECT_EQ(value, 0.0);
      continue;
    }
    expect_gradient(loss, q, dq, "q");
    expect_gradient(loss, k, dk, "k");
  }
}

TEST(ActivationBackward, EqualsDifferences) {
  Values x = random_values(40, 1, 4.0), up = random_values(40, 2), dy = random_values(40, 3);
  const auto check = [&](auto forward, auto backward, const char* what) {
    Values dx = dy;
    backward(x.data(), dx.data(), 40);
    expect_gradient(
        [&] {
          Values y = x;
          forward(y.data(), 40);
          return dot(dy, y);
        },
        x, dx, what);
  };
  check([](double* y, std::int64_t n) { gelu_tanh(y, n); },
        [](const double* in, double* d, std::int64_t n) { gelu_tanh_backward(in, d, n); }, "gelu_tanh");
  check([](double* y, std::int64_t n) { gelu_erf(y, n); },
        [](const double* in, double* d, std::int64_t n) { gelu_erf_backward(in, d, n); }, "gelu_erf");
  const auto loss = [&] {
    Values y = x;
    silu_gate(y.data(), up.data(), 40);
    return dot(dy, y);
  };
  Values dgate = dy, dup(40);
  silu_gate_backward(x.data(), up.data(), dgate.data(), dgate.data(), dup.data(), 40);
  expect_gradient(loss, x, dgate, "gate");
  expect_gradient(loss, up, dup, "up");
}

TEST(LossBackward, EqualsDifferences) {
  Values logits = random_values(11, 1, 3.0);
  Values gradient = logits;
  loss_and_gradient(gradient.data(), 11, 4, 1.0);
  expect_gradient(
      [&] {
        Values copy = logits;
        return loss_and_gradient(copy.data(), 11, 4, 1.0);
      },
      logits, gradient, "logits");
  EXPECT_EQ(loss_and_gradient(logits.data(), 11, kNotScored, 1.0), 0.0);
  EXPECT_EQ(logits, Values(11));
}

TEST(EmbeddingBackward, AddsRowsOfTheSameToken) {
  const std::vector<std::int32_t> ids{2, 0, 2};
  const Values dy{1, 2, 3, 4, 5, 6};
  Values table(6, 0.5);
  embed_backward<double>(ids, dy.data(), 2, table.data());
  EXPECT_EQ(table, (Values{3.5, 4.5, 0.5, 0.5, 6.5, 8.5}));
}

TEST(RopeBackward, TurnsBack) {
  const Rope<double> rope(9, 6, 10000.0, {});
  const Values x = random_values(12, 1);
  Values y = x;
  rope.rotate(y.data(), 2, 7);
  EXPECT_NE(y, x);
  rope.rotate_backward(y.data(), 2, 7);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i], 1e-15);
}

TEST(Dropout, KeepsTheMeanAndItsMaskIsItsOwnDerivative) {
  constexpr int n = 1 << 16;
  const Dropout dropout{0.25, 7};
  std::vector<float> x(n, 3.0F), again(n, 3.0F), other(n, 3.0F);
  drop(dropout, 5, x.data(), n);
  machine::use_threads(3);
  drop(dropout, 5, again.data(), n);
  machine::use_threads(0);
  EXPECT_EQ(x, again);
  drop(dropout, 6, other.data(), n);
  EXPECT_NE(x, other);
  double mean = 0.0;
  for (const float value : x) {
    EXPECT_TRUE(value == 0.0F || value == 4.0F);
    mean += static_cast<double>(value) / n;
  }
  EXPECT_NEAR(mean, 3.0, 0.03);  // 4 standard deviations
  drop({}, 5, other.data(), n);
}

TEST(Dropout, DrawsForAPartWhatItDrawsForTheWhole) {
  constexpr std::int64_t n = 1 << 16;
  const Dropout dropout{0.5, 7};
  std::vector<float> whole(n, 1.0F), parts(n, 1.0F), elsewhere(n, 1.0F);
  drop(dropout, 5, whole.data(), n);
  for (const auto& [first, last] :
       {std::pair{0, 1}, std::pair{1, 100}, std::pair{100, 40'000}, std::pair{40'000, 1 << 16}})
    drop(dropout, 5, parts.data() + first, last - first, first);
  EXPECT_EQ(parts, whole);
  drop(dropout, 5, elsewhere.data(), n, 1);
  EXPECT_EQ(std::vector<float>(elsewhere.begin(), elsewhere.end() - 1),
            std::vector<float>(whole.begin() + 1, whole.end()));
  EXPECT_NE(elsewhere, whole);
}

/// The float kernels on each instruction set: one result, close to double's.
class FloatBackward : public testing::TestWithParam<int> {};

TEST_P(FloatBackward, HasTheSameBitsOnEveryInstructionSetAndIsCloseToDouble) {
  const std::int64_t n = GetParam();
  const Values x = random_values(n, 1, 3.0), y = random_values(n, 2), d = random_values(n, 3);
  const auto narrow = [](const Values& values) { return std::vector<float>(values.begin(), values.end()); };
  const auto compare = [&](const char* what, const std::function<Values(bool)>& run) {
    std::vector<Values> results;
    const machine::InstructionSet before = machine::instruction_set();
    for (const auto set :
         {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512}) {
      if (!machine::available(set)) continue;
      machine::use_instruction_set(set);
      results.push_back(run(false));
    }
    machine::use_instruction_set(before);
    const Values reference = run(true);
    double largest = 0.0;
    for (const double value : reference) largest = std::max(largest, std::fabs(value));
    for (const Values& result : results) {
      EXPECT_EQ(result, results[0]) << what;
      for (std::size_t i = 0; i < result.size(); ++i) EXPECT_NEAR(result[i], reference[i], 1e-6 * largest) << what;
    }
  };
  const auto both = [&](const char* what, auto kernel) {
    compare(what, [&](bool reference) {
      if (reference) return kernel(x, y, d);
      const std::vector<float> result = kernel(narrow(x), narrow(y), narrow(d));
      return Values(result.begin(), result.end());
    });
  };
  both("softmax", [&](auto p, auto, auto dp) {
    softmax(p.data(), n);
    softmax_backward(p.data(), dp.data(), 0.5F, n);
    return dp;
  });
  both("silu", [&](auto gate, auto up, auto dy) {
    auto dup = dy;
    silu_gate_backward(gate.data(), up.data(), dy.data(), dy.data(), dup.data(), n);
    dy.insert(dy.end(), dup.begin(), dup.end());
    return dy;
  });
  both("gelu", [&](auto in, auto, auto dy) {
    gelu_tanh_backward(in.data(), dy.data(), n);
    return dy;
  });
  both("cross entropy", [&](auto logits, auto, auto) {
    cross_entropy_backward(logits.data(), n, static_cast<std::int32_t>(n / 2), 0.5F);
    return logits;
  });
  for (const bool centred : {false, true})
    both("norm", [&](auto in, auto gain, auto dy) {
      auto dgain = dy;
      auto dbias = dy;
      norm_row_backward(in.data(), gain.data(), dy.data(), centred ? 0.25 : 0.0, 0.7, n, dy.data(), dgain.data(),
                        centred ? dbias.data() : nullptr);
      dy.insert(dy.end(), dgain.begin(), dgain.end());
      dy.insert(dy.end(), dbias.begin(), dbias.end());
      return dy;
    });
}

INSTANTIATE_TEST_SUITE_P(Lengths, FloatBackward, testing::Values(1, 15, 16, 33, 600));

}  // namespace
}  // namespace octavo::sim::nn
