// Greedy decoding.
#include "sim/model/generate.h"

#include <algorithm>

namespace octavo::sim::model {

std::vector<std::int32_t> generate(Transformer<float>& model, std::vector<std::int32_t> prompt, std::int64_t count,
                                   std::int32_t stop) {
  const Config& config = model.config();
  std::vector<KeyValueCache<float>> caches(static_cast<std::size_t>(config.layers));
  std::vector<float> x;
  std::vector<float> logits(static_cast<std::size_t>(config.vocabulary));
  std::int64_t position = 0;
  for (std::int64_t step = 0; step < count && static_cast<std::int64_t>(prompt.size()) <= config.context; ++step) {
    Batch batch;
    batch.first_position = position;
    batch.add(std::span(prompt).subspan(static_cast<std::size_t>(position)));
    model.embed(batch, x);
    model.decode(batch, 0, config.layers, x.data(), nullptr, &caches);
    position += batch.rows();
    model.logits(x.data() + (batch.rows() - 1) * config.width, 1, logits.data());
    const auto next = static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    prompt.push_back(next);
    if (next == stop) break;
  }
  return prompt;
}

}  // namespace octavo::sim::model
