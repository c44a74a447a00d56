// The numbers of the family.
#include "experiments/studies/workshop/model_size.h"

#include <algorithm>
#include <array>

namespace octavo::experiments::studies {
namespace {

using sim::model::Activation;
using sim::model::Family;

struct Shape {
  const char* name;
  std::int64_t layers;
  std::int64_t width;
  std::int64_t heads;
  std::int64_t llama_hidden;  ///< about 8/3 of the width, so that a gated MLP has as many parameters as GPT's
  std::int64_t pretraining_steps;
  std::int64_t fine_tuning_steps;
};

// The largest is fine-tuned for half as long: an interval takes about 25 fine-tunings, and has to end within two hours.
constexpr std::array kShapes{Shape{"50k", 3, 32, 4, 88, 1600, 300}, Shape{"200k", 4, 64, 4, 176, 1600, 300},
                             Shape{"800k", 4, 128, 4, 344, 1600, 300}, Shape{"3m", 7, 192, 6, 512, 2000, 150}};
constexpr Shape kTiny{"tiny", 2, 16, 2, 40, 20, 6};
constexpr std::int64_t kContext = 128;

ModelSize size_of(const Shape& shape, Family family) {
  const bool gpt = family == Family::gpt;
  sim::model::Config config;
  config.family = family;
  config.layers = shape.layers;
  config.width = shape.width;
  config.heads = shape.heads;
  config.kv_heads = shape.heads;
  config.head_width = shape.width / shape.heads;
  config.hidden = gpt ? 4 * shape.width : shape.llama_hidden;
  config.vocabulary = 256;
  config.context = kContext;
  config.activation = gpt ? Activation::gelu_tanh : Activation::silu;
  // Wide models want steps as much smaller as they are wider (Adam under muP, arXiv 2203.03466).
  const double learning_rate = 4e-3 * std::min(1.0, 64.0 / static_cast<double>(shape.width));
  return {std::string(gpt ? "gpt-" : "llama-") + shape.name, config, shape.pretraining_steps, shape.fine_tuning_steps,
          learning_rate};
}

}  // namespace

std::vector<ModelSize> model_sizes(Family family, Scale scale) {
  if (scale == Scale::tiny) return {size_of(kTiny, family)};
  std::vector<ModelSize> sizes;
  for (const Shape& shape : kShapes)
    if (scale == Scale::paper || sizes.size() < 2) sizes.push_back(size_of(shape, family));
  return sizes;
}

}  // namespace octavo::experiments::studies
