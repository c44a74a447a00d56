// KL and agreement of two rows of logits, and passes that give the bits of the ordinary ones.
#include "experiments/evaluation/eval/divergence.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "tests/experiments/tiny_llama.h"

namespace octavo::experiments {
namespace {

using sim::model::Transformer;

TEST(DifferenceOf, IsTheDefinition) {
  const std::array<float, 5> reference{0.5F, -1.0F, 2.0F, 0.0F, 1.75F};
  const std::array<float, 5> logits{3.5F, 1.0F, 4.0F, 3.25F, 4.5F};
  double p_total = 0.0, q_total = 0.0, kl = 0.0;
  for (std::size_t i = 0; i < 5; ++i) p_total += std::exp(reference[i]), q_total += std::exp(logits[i]);
  for (std::size_t i = 0; i < 5; ++i) {
    const double p = std::exp(static_cast<double>(reference[i])) / p_total;
    kl += p * std::log(p / (std::exp(static_cast<double>(logits[i])) / q_total));
  }
  EXPECT_NEAR(difference_of(reference.data(), logits.data(), 5).kl, kl, 1e-6);
  EXPECT_FALSE(difference_of(reference.data(), logits.data(), 5).agrees);
}

TEST(DifferenceOf, IsZeroOfEqualsAndOfShiftedLogits) {
  std::array<float, 7> row{}, shifted{};
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(i % 4), shifted[i] = row[i] - 64.0F;
  EXPECT_EQ(difference_of(row.data(), row.data(), 7).kl, 0.0);
  EXPECT_TRUE(difference_of(row.data(), row.data(), 7).agrees);
  EXPECT_NEAR(difference_of(row.data(), shifted.data(), 7).kl, 0.0, 1e-12);
  EXPECT_TRUE(difference_of(row.data(), shifted.data(), 7).agrees);
}

TEST(DifferenceOf, TheLowestIndexLeadsAmongEquals) {
  const std::array<float, 3> first{1.0F, 1.0F, 0.0F}, second{0.0F, 1.0F, 1.0F};
  EXPECT_FALSE(difference_of(first.data(), second.data(), 3).agrees);
}

TEST(DifferenceOf, HasNoNumberWhereALogitHasNone) {
  const std::array<float, 2> row{1.0F, 0.0F};
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::array<float, 2> lost{1.0F, value};
    EXPECT_TRUE(std::isnan(difference_of(row.data(), lost.data(), 2).kl));
    EXPECT_TRUE(std::isnan(difference_of(lost.data(), row.data(), 2).kl));
    EXPECT_FALSE(difference_of(row.data(), lost.data(), 2).agrees);
  }
}

TEST(ScoreBeside, HasTheBitsOfTheOrdinaryPass) {
  TinyFiles files(60);
  files.flags.batch = 2;
  const Subject subject = open_subject(files.flags);
  const Advance nothing = [](double) {};
  Transformer<float> model(subject.weights);
  model.apply(scaling::uncast(scaling::Baseline::fp32));
  const Scores plain = score_subject(model, subject, nullptr, nothing);
  Streams streams;
  const Pass kept = score_and_keep(model, subject, nullptr, &streams, nothing);
  EXPECT_EQ(kept.scores.loss, plain.loss);
  EXPECT_EQ(kept.scores.correct, plain.correct);
  EXPECT_TRUE(kept.divergence.kl.empty());
  const Pass itself = score_beside(model, subject, streams, nullptr, nothing);
  EXPECT_EQ(itself.scores.loss, plain.loss);
  EXPECT_EQ(itself.divergence.kl, std::vector<float>(plain.loss.size(), 0.0F));
  EXPECT_EQ(itself.divergence.agrees, std::vector<std::uint8_t>(plain.loss.size(), 1));
  model.apply(scaling::default_recipe());
  const Scores cast = score_subject(model, subject, nullptr, nothing);
  const Pass beside = score_beside(model, subject, streams, nullptr, nothing);
  EXPECT_EQ(beside.scores.loss, cast.loss);
  EXPECT_EQ(beside.scores.correct, cast.correct);
  double kl = 0.0;
  for (const float value : beside.divergence.kl) kl += static_cast<double>(value);
  EXPECT_GT(kl, 0.0);
}

}  // namespace
}  // namespace octavo::experiments
