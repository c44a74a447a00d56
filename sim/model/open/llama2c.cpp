// Reader of llama2.c's .bin models, version 0.
#include "sim/model/open/llama2c.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/tensor.h"
#include "sim/model/open/rope_halves.h"
#include "sim/model/validate.h"

namespace octavo::sim::model {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::int32_t versioned_magic = 0x616b3432;  // "ak42": llama2.c's versions 1 and 2

Config read_config(const file::FileBytes& file) {
  if (file.bytes.size() < llama2c_header_size) {
    throw Error(fmt::format("{}: {} bytes are too few for a llama2.c model's header of {}",
                            messages::printable(file.name), file.bytes.size(), llama2c_header_size));
  }
  std::array<std::int32_t, 7> header;
  std::memcpy(header.data(), file.bytes.data(), sizeof header);
  if (header[0] == versioned_magic) {
    throw Error(fmt::format("{}: llama2.c format version {} is not read; export it as version 0",
                            messages::printable(file.name), header[1]));
  }
  Config config{.family = Family::llama,
                .layers = header[2],
                .width = header[0],
                .heads = header[3],
                .kv_heads = header[4],
                .hidden = header[1],
                .vocabulary = std::abs(static_cast<std::int64_t>(header[5])),
                .context = header[6],
                .norm_epsilon = 1e-5,
                .rope_theta = 10000.0,
                .activation = Activation::silu,
                .tied_head = header[5] > 0};
  config.head_width = config.heads > 0 ? config.width / config.heads : 0;
  validate(config, file.name);
  if (config.heads * config.head_width != config.width) {
    throw Error(fmt::format("{}: width {} is not a multiple of {} heads; the file is damaged or of another kind",
                            messages::printable(file.name), config.width, config.heads));
  }
  return config;
}

/// Hands out consecutive tensors; `offset` ends where the file has to.
struct Sequence {
  const file::FileBytes& file;
  std::uint64_t offset = llama2c_header_size;

  void skip(const Shape& shape) { offset += sizeof(float) * static_cast<std::uint64_t>(*file::element_count(shape)); }
  file::Tensor next(Shape shape) {
    const std::uint64_t begin = offset;
    skip(shape);
    return file::view(std::move(shape), file, begin);
  }
};

/// The whole walk over the file, in its order; `visit(shape, layer, place)` once per tensor, place null for what is
/// unused.
template <class Visit>
void walk(const Config& c, Visit&& visit) {
  const std::int64_t q = c.heads * c.head_width, kv = c.kv_heads * c.head_width;
  const auto each = [&](Shape shape, auto place) {
    for (std::int64_t layer = 0; layer < c.layers; ++layer) {
      visit(shape, [=](Weights& w) -> file::Tensor* { return &place(w.decoders[static_cast<std::size_t>(layer)]); });
    }
  };
  const auto linear = [](Kind kind) { return [kind](DecoderWeights& d) -> file::Tensor& { return d[kind].weight; }; };
  visit(Shape{c.vocabulary, c.width}, [](Weights& w) { return &w.token_embedding; });
  each({c.width}, [](DecoderWeights& d) -> file::Tensor& { return d.attention_norm.gain; });
  each({q, c.width}, linear(Kind::attention_q));
  each({kv, c.width}, linear(Kind::attention_k));
  each({kv, c.width}, linear(Kind::attention_v));
  each({c.width, q}, linear(Kind::attention_out));
  each({c.width}, [](DecoderWeights& d) -> file::Tensor& { return d.mlp_norm.gain; });
  each({c.hidden, c.width}, linear(Kind::mlp_gate));
  each({c.width, c.hidden}, linear(Kind::mlp_down));
  each({c.hidden, c.width}, linear(Kind::mlp_up));
  visit(Shape{c.width}, [](Weights& w) { return &w.final_norm.gain; });
  for (int table = 0; table < 2; ++table) {  // cosines and sines: computed anew, as llama2.c does
    visit(Shape{c.context, c.head_width / 2}, [](Weights&) -> file::Tensor* { return nullptr; });
  }
  if (!c.tied_head) visit(Shape{c.vocabulary, c.width}, [](Weights& w) { return &w.head.weight; });
}

}  // namespace

Weights read_llama2c(const file::FileBytes& file) {
  const Config config = read_config(file);
  Sequence size{file};
  walk(config, [&](const Shape& shape, auto) { size.skip(shape); });
  if (size.offset != file.bytes.size()) {
    throw Error(
        fmt::format("{}: {} bytes, but its llama2.c header asks for {}; the file is truncated or of another kind",
                    messages::printable(file.name), file.bytes.size(), size.offset));
  }
  Weights weights;
  weights.config = config;
  weights.decoders.resize(static_cast<std::size_t>(config.layers));
  Sequence tensors{file};
  walk(config, [&](const Shape& shape, auto place) {
    file::Tensor tensor = tensors.next(shape);
    if (file::Tensor* const target = place(weights)) *target = std::move(tensor);
  });
  for (DecoderWeights& decoder : weights.decoders) {
    file::Tensor& q = decoder[Kind::attention_q].weight;
    file::Tensor& k = decoder[Kind::attention_k].weight;
    q = rope_halves(q, config.heads);
    k = rope_halves(k, config.kv_heads);
  }
  if (config.tied_head) weights.head.weight = weights.token_embedding;
  return weights;
}

}  // namespace octavo::sim::model
