// Words of enums: there and back, and what is none.
#include "experiments/store/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments/store/run_words.h"

namespace octavo::experiments::store {
namespace {

template <class E>
void there_and_back(const std::vector<std::string>& expected) {
  EXPECT_EQ(words<E>(), expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(word(static_cast<E>(i)), expected[i]);
    EXPECT_EQ(from_word<E>(expected[i], "here"), static_cast<E>(i));
  }
}

TEST(Words, AreTheDocumentedOnesInOrder) {
  there_and_back<Policy>({"baseline", "amax", "cscale", "recipe", "quantize"});
  there_and_back<Scope>({"model", "kind", "layer"});
  there_and_back<Tested>({"weight", "activation", "both"});
  there_and_back<Verdict>({"holds", "fails", "undecided"});
  there_and_back<Criterion>({"loss", "accuracy"});
  there_and_back<Reference>({"baseline", "amax"});
  there_and_back<Stage>({"inference", "fine-tuning", "training"});
  there_and_back<MarginOf>({"gradient", "all"});
  there_and_back<scaling::Role>({"weight", "activation", "gradient"});
  there_and_back<scaling::LinearProduct>({"fprop", "dgrad", "wgrad"});
  there_and_back<scaling::Baseline>({"fp32", "bf16", "fp16"});
}

TEST(Words, RefusesAnotherWithTheNearest) {
  try {
    from_word<Policy>("cscaled\n", "runs.h5:/runs/0/policy");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("runs.h5:/runs/0/policy: it is "));
    EXPECT_THAT(error.what(), testing::EndsWith("did you mean 'cscale'?"));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace octavo::experiments::store
