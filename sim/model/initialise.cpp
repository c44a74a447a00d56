// Random weights from a counter: the same for any number of threads.
#include "sim/model/initialise.h"

#include <algorithm>
#include <cmath>

#include "machine/share.h"
#include "sim/file/tensor.h"
#include "sim/model/validate.h"
#include "sim/nn/random.h"

namespace octavo::sim::model {

Weights initialise(const Config& c, std::uint64_t seed, const std::string& where) {
  validate(c, where);
  std::uint64_t number = 0;  // of the tensor
  const auto normal = [&](std::vector<std::int64_t> shape, double deviation) {
    const std::uint64_t key = nn::hash(nn::hash(seed, 0x1417), number++);
    const std::int64_t count = file::element_count(shape).value();
    return file::filled(std::move(shape), [&](float* out) {
      machine::share(count, 50, [&](std::int64_t i) {
        out[i] = static_cast<float>(deviation * nn::normal(key, static_cast<std::uint64_t>(i)));
      });
    });
  };
  const auto constant = [](std::int64_t count, float value) {
    return file::filled({count}, [&](float* out) { std::fill_n(out, count, value); });
  };
  const bool gpt = c.family == Family::gpt;
  const auto norm = [&] {
    return NormWeights{constant(c.width, 1.0F), gpt ? constant(c.width, 0.0F) : file::Tensor{}};
  };
  constexpr double kDeviation = 0.02;
  const double branch_end = kDeviation / std::sqrt(2.0 * static_cast<double>(c.layers));
  const std::int64_t inner = c.heads * c.head_width;
  const std::int64_t kv_inner = c.kv_heads * c.head_width;

  Weights w;
  w.config = c;
  w.token_embedding = normal({c.vocabulary, c.width}, kDeviation);
  if (gpt) w.position_embedding = normal({c.context, c.width}, kDeviation);
  for (std::int64_t layer = 0; layer < c.layers; ++layer) {
    DecoderWeights& decoder = w.decoders.emplace_back();
    decoder.attention_norm = norm();
    decoder.mlp_norm = norm();
    const auto linear = [&](Kind kind, std::int64_t outputs, std::int64_t inputs, double deviation) {
      decoder[kind].weight = normal({outputs, inputs}, deviation);
      if (gpt) decoder[kind].bias = constant(outputs, 0.0F);
    };
    if (gpt) {
      linear(Kind::attention_qkv, 3 * inner, c.width, kDeviation);
    } else {
      linear(Kind::attention_q, inner, c.width, kDeviation);
      linear(Kind::attention_k, kv_inner, c.width, kDeviation);
      linear(Kind::attention_v, kv_inner, c.width, kDeviation);
      linear(Kind::mlp_gate, c.hidden, c.width, kDeviation);
    }
    linear(Kind::attention_out, c.width, inner, branch_end);
    linear(Kind::mlp_up, c.hidden, c.width, kDeviation);
    linear(Kind::mlp_down, c.width, c.hidden, branch_end);
  }
  w.final_norm = norm();
  w.head.weight = c.tied_head ? w.token_embedding : normal({c.vocabulary, c.width}, kDeviation);
  return w;
}

}  // namespace octavo::sim::model
