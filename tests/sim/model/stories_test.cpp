// stories260K, a real pretrained Llama: its published greedy continuation.
#include <fstream>
#include <iterator>

#include "sim/model/generate.h"
#include "sim/model/open/open.h"
#include "sim/text/tokenizer.h"
#include "sim/text/vocabulary/llama2c_vocabulary.h"
#include "tests/shared_data.h"

namespace octavo::sim::model {
namespace {

TEST(Stories260K, ContinuesAsPublished) {
  OCTAVO_REQUIRE_SHARED("data/stories260K/stories260K.bin");
  ModelFile file = open(shared_path("data/stories260K/stories260K.bin"));
  const auto tokenizer = text::make_tokenizer(
      text::read_llama2c_vocabulary(file.tokenizer_path, file.weights.config.vocabulary), file.tokenizer_path.string());
  Transformer<float> model(std::make_shared<Weights>(std::move(file.weights)));
  model.apply(scaling::uncast(scaling::Baseline::fp32));
  const std::vector<std::int32_t> ids = generate(model, {*tokenizer->bos()}, 200).ids;
  std::ifstream expected_file(shared_path("data/stories260K/expected.txt"), std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(expected_file), std::istreambuf_iterator<char>()};
  ASSERT_FALSE(expected.empty());
  const std::string text = tokenizer->decode(ids);
  EXPECT_EQ(text.substr(0, expected.size()), expected);
}

}  // namespace
}  // namespace octavo::sim::model
