// The backward pass of both models against central differences in double, and the float one against it.
#include <gtest/gtest.h>

#include "machine/instruction_set.h"
#include "machine/threads.h"
#include "sim/model/transformer.h"
#include "tests/sim/central_differences.h"
#include "tests/sim/model/tiny_model.h"

namespace octavo::sim::model {
namespace {

/// Two sequences of different lengths; one position is not scored.
struct Sample {
  Batch batch;
  std::vector<std::int32_t> targets{3, 1, nn::kNotScored, 7, 10, 0, 2, 5, 9};
  Sample() {
    batch.add(std::vector<std::int32_t>{1, 3, 1, 4});
    batch.add(std::vector<std::int32_t>{10, 0, 2, 5, 1});
  }
};

template <class T>
double loss_and_gradients(const std::shared_ptr<const Weights>& weights, double dropout, std::vector<double>* gradients,
                          const scaling::Recipe& recipe = scaling::uncast(scaling::Baseline::fp32)) {
  const Sample sample;
  Transformer<T> model(weights);
  model.apply(recipe);
  Tape<T> tape;
  Gradients<T> found(*weights);
  const double loss = model.accumulate(sample.batch, sample.targets, T(1), {dropout, 99}, tape, found);
  if (gradients != nullptr) gradients->assign(found.values.begin(), found.values.end());
  return loss;
}

class Gradient : public testing::TestWithParam<std::tuple<Family, double, bool>> {
 protected:
  std::shared_ptr<const Weights> weights() const {
    Config c = tiny_config(std::get<0>(GetParam()));
    c.tied_head = std::get<2>(GetParam());
    return std::make_shared<Weights>(tiny_weights(c));
  }
  double dropout() const { return std::get<1>(GetParam()); }
};

TEST_P(Gradient, EqualsDifferencesOfEveryParameter) {
  const auto model = weights();
  std::vector<double> found;
  loss_and_gradients<double>(model, dropout(), &found);
  std::size_t offset = 0;
  visit_parameters(model->config, *model, [&](const ParameterName& name, const file::Tensor& tensor) {
    if (tensor.empty()) return;
    auto* values = const_cast<float*>(tensor.values.data());  // the test made them
    std::vector<double> differences;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const float at = values[i];
      constexpr float h = 0x1p-9F;
      const auto loss = [&](float offset_by) {
        values[i] = at + offset_by;  // exact
        return loss_and_gradients<double>(model, dropout(), nullptr);
      };
      differences.push_back((8.0 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12.0 * h));
      values[i] = at;
    }
    expect_derivatives({found.begin() + static_cast<std::ptrdiff_t>(offset),
                        found.begin() + static_cast<std::ptrdiff_t>(offset + tensor.values.size())},
                       differences, name.name);
    offset += tensor.values.size();
  });
  EXPECT_EQ(offset, found.size());
}

TEST_P(Gradient, InFloatIsCloseToDoubleAndTheSameForEveryThreadCountAndInstructionSet) {
  const auto model = weights();
  std::vector<double> exact;
  const double loss = loss_and_gradients<double>(model, dropout(), &exact);
  std::vector<double> first;
  const machine::InstructionSet before = machine::instruction_set();
  for (const auto set :
       {machine::InstructionSet::scalar, machine::InstructionSet::avx2, machine::InstructionSet::avx512})
    for (const int threads : {1, 3}) {
      if (!machine::available(set)) continue;
      machine::use_instruction_set(set);
      machine::use_threads(threads);
      std::vector<double> found;
      EXPECT_NEAR(loss_and_gradients<float>(model, dropout(), &found), loss, 1e-5 * loss);
      if (first.empty()) first = found;
      EXPECT_EQ(found, first);
    }
  machine::use_instruction_set(before);
  machine::use_threads(0);
  double largest = 0.0;
  for (const double value : exact) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(first[i], exact[i], 2e-6 * largest) << i;
}

INSTANTIATE_TEST_SUITE_P(Models, Gradient,
                         testing::Values(std::tuple{Family::gpt, 0.25, true}, std::tuple{Family::gpt, 0.0, false},
                                         std::tuple{Family::llama, 0.25, true}, std::tuple{Family::llama, 0.0, false}));

}  // namespace
}  // namespace octavo::sim::model
