// Both families in float against double, and which bits may not depend on what: later tokens, neighbours, cache,
// threads.
#include "sim/model/transformer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "sim/model/generate.h"
#include "tests/refusal.h"
#include "tests/sim/every_setting.h"
#include "tests/sim/model/random_weights.h"

namespace octavo::sim::model {
namespace {

using Ids = std::vector<std::int32_t>;

Ids random_ids(std::size_t count, std::int64_t vocabulary, unsigned seed = 1) {
  std::mt19937 generator(seed);
  Ids ids(count);
  for (std::int32_t& id : ids) id = static_cast<std::int32_t>(generator() % static_cast<std::uint32_t>(vocabulary));
  return ids;
}

/// Constant biases that leave most values normal: casts that do not look at the tensor.
scaling::Recipe cscale_recipe() {
  scaling::Recipe recipe = scaling::default_recipe();
  for (std::optional<scaling::Cast>& cast : recipe.rule.casts)
    if (cast) cast->scaling = scaling::Cscale{3};
  return recipe;
}

/// Logits of all sequences, one after the other, as one batch.
template <class T>
std::vector<T> logits_of(Transformer<T>& model, const std::vector<Ids>& sequences) {
  Batch batch;
  for (const Ids& ids : sequences) batch.add(ids);
  std::vector<T> x;
  model.embed(batch, x);
  model.decode(batch, 0, model.config().layers, x.data());
  std::vector<T> logits(static_cast<std::size_t>(batch.rows() * model.config().vocabulary));
  model.logits(x.data(), batch.rows(), logits.data());
  return logits;
}

class TransformerOf : public testing::TestWithParam<Family> {
 protected:
  Config config_ = small_config(GetParam());
  std::shared_ptr<const Weights> weights_ = random_weights(config_);
  Ids ids_ = random_ids(75, config_.vocabulary);

  Transformer<float> model(const scaling::Recipe& recipe = scaling::uncast(scaling::Baseline::fp32)) const {
    Transformer<float> result(weights_);
    result.apply(recipe);
    return result;
  }
  std::size_t logits_per(std::size_t rows) const { return rows * static_cast<std::size_t>(config_.vocabulary); }
};

TEST_P(TransformerOf, FloatAgreesWithDouble) {
  for (const bool tied : {true, false}) {
    const auto weights = random_weights(small_config(GetParam(), tied), 3);
    Transformer<float> single(weights);
    Transformer<double> reference(weights);
    single.apply(scaling::uncast(scaling::Baseline::fp32));
    reference.apply(scaling::uncast(scaling::Baseline::fp32));
    const std::vector<float> ours = logits_of(single, {ids_});
    const std::vector<double> expected = logits_of(reference, {ids_});
    double largest = 0.0;
    for (const double value : expected) largest = std::max(largest, std::fabs(value));
    EXPECT_GT(largest, 1.0);
    for (std::size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], expected[i], 5e-6 * largest) << i;
  }
}

TEST_P(TransformerOf, LaterTokensChangeNoEarlierBit) {
  for (const scaling::Recipe& recipe : {scaling::uncast(scaling::Baseline::fp32), cscale_recipe()}) {
    auto model = this->model(recipe);
    const std::vector<float> expected = logits_of(model, {ids_});
    for (const std::size_t changed : {1, 40, 64, 74}) {
      Ids other = ids_;
      other[changed] = (other[changed] + 1) % static_cast<std::int32_t>(config_.vocabulary);
      const std::vector<float> logits = logits_of(model, {other});
      const auto end = static_cast<std::ptrdiff_t>(logits_per(changed));
      EXPECT_TRUE(std::equal(logits.begin(), logits.begin() + end, expected.begin())) << changed;
      EXPECT_FALSE(std::equal(logits.begin() + end, logits.end(), expected.begin() + end)) << changed;
    }
  }
}

TEST_P(TransformerOf, CacheGivesTheBitsOfTheWholePass) {
  for (const scaling::Recipe& recipe : {scaling::uncast(scaling::Baseline::fp32), cscale_recipe()}) {
    auto model = this->model(recipe);
    const std::vector<float> expected = logits_of(model, {ids_});
    for (const std::vector<std::size_t>& steps : {std::vector<std::size_t>(75, 1), {75}, {64, 1, 10}, {3, 60, 12}}) {
      std::vector<KeyValueCache<float>> caches(static_cast<std::size_t>(config_.layers));
      std::vector<float> logits;
      std::size_t position = 0;
      for (const std::size_t step : steps) {
        Batch batch;
        batch.first_position = static_cast<std::int64_t>(position);
        batch.add(std::span(ids_).subspan(position, step));
        std::vector<float> x;
        model.embed(batch, x);
        model.decode(batch, 0, config_.layers, x.data(), nullptr, &caches);
        std::vector<float> some(logits_per(step));
        model.logits(x.data(), batch.rows(), some.data());
        logits.insert(logits.end(), some.begin(), some.end());
        position += step;
      }
      EXPECT_EQ(logits, expected) << steps.size() << " steps";
    }
  }
}

TEST_P(TransformerOf, NeighboursInABatchChangeNoBit) {
  auto model = this->model(cscale_recipe());  // under AMAX the batch is the unit of the scale
  const std::vector<Ids> sequences{ids_, random_ids(1, config_.vocabulary, 2), random_ids(66, config_.vocabulary, 3)};
  std::vector<float> apart;
  for (const Ids& ids : sequences) {
    const std::vector<float> logits = logits_of(model, {ids});
    apart.insert(apart.end(), logits.begin(), logits.end());
  }
  EXPECT_EQ(logits_of(model, sequences), apart);
}

TEST_P(TransformerOf, SameBitsInEverySetting) {
  scaling::Recipe amax = scaling::default_recipe();
  amax.baseline = scaling::Baseline::bf16;
  for (const scaling::Recipe& recipe : {scaling::uncast(scaling::Baseline::fp32), amax})
    expect_same_bits_in_every_setting([&] {
      auto model = this->model(recipe);
      return logits_of(model, {ids_});
    });
}

TEST_P(TransformerOf, DecodersInPartsGiveTheBitsOfAll) {
  auto model = this->model(scaling::default_recipe());
  Batch batch;
  batch.add(ids_);
  std::vector<float> whole;
  model.embed(batch, whole);
  std::vector<float> parts = whole;
  model.decode(batch, 0, 3, whole.data());
  model.decode(batch, 0, 1, parts.data());
  model.decode(batch, 1, 3, parts.data());
  EXPECT_EQ(parts, whole);
}

TEST_P(TransformerOf, ScoresAreThoseOfTheLogits) {
  auto model = this->model();
  const std::vector<Ids> sequences(6, ids_);  // more rows than are scored at a time
  const std::vector<float> logits = logits_of(model, sequences);
  Batch batch;
  for (const Ids& ids : sequences) batch.add(ids);
  std::vector<float> x;
  model.embed(batch, x);
  model.decode(batch, 0, config_.layers, x.data());
  Ids targets = random_ids(batch.ids.size(), config_.vocabulary, 5);
  for (std::size_t t = 0; t < targets.size(); t += 3) targets[t] = nn::kNotScored;
  std::vector<nn::TokenScore> scores(targets.size(), {1.0F, true});
  model.score(x.data(), targets, scores.data());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const nn::TokenScore expected = nn::score(logits.data() + logits_per(t), config_.vocabulary, targets[t]);
    ASSERT_EQ(scores[t].loss, expected.loss);
    ASSERT_EQ(scores[t].correct, expected.correct);
  }
}

TEST_P(TransformerOf, ApplyForgetsTheRecipeBefore) {
  const auto plain = scaling::uncast(scaling::Baseline::fp32);
  scaling::Recipe bf16 = scaling::default_recipe();
  bf16.baseline = scaling::Baseline::bf16;
  auto changing = model(plain);
  for (const scaling::Recipe& recipe : {bf16, cscale_recipe(), plain, scaling::default_recipe()}) {
    changing.apply(recipe);
    auto fresh = model(recipe);
    EXPECT_EQ(logits_of(changing, {ids_}), logits_of(fresh, {ids_}));
  }
}

TEST_P(TransformerOf, AnOverrideOfNoLayerIsRefused) {
  scaling::Recipe recipe = scaling::default_recipe();
  recipe.overrides.emplace_back().layers = "decoder.3.*";
  Transformer<float> model(weights_);
  EXPECT_THAT(tests::refusal([&] { model.apply(recipe); }),
              testing::StartsWith("recipe: override layers = \"decoder.3.*\" matches no layer; "));
}

TEST_P(TransformerOf, GreedyContinuationIsThatOfWholePasses) {
  auto model = this->model();
  const Ids prompt(ids_.begin(), ids_.begin() + 5);
  Ids expected = prompt;
  for (int step = 0; step < 20; ++step) {
    const std::vector<float> logits = logits_of(model, {expected});
    const auto last = logits.end() - config_.vocabulary;
    expected.push_back(static_cast<std::int32_t>(std::max_element(last, logits.end()) - last));
  }
  EXPECT_EQ(generate(model, prompt, 20).ids, expected);
}

INSTANTIATE_TEST_SUITE_P(Families, TransformerOf, testing::Values(Family::gpt, Family::llama),
                         [](const auto& family) { return family.param == Family::gpt ? "gpt" : "llama"; });

}  // namespace
}  // namespace octavo::sim::model
