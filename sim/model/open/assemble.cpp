// From named tensors to a model's weights.
#include "sim/model/open/assemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <set>
#include <vector>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/tensor.h"
#include "sim/model/open/left_out.h"
#include "sim/model/open/rope_halves.h"

namespace octavo::sim::model {
namespace {

using Shape = std::vector<std::int64_t>;

/// One tensor of the model: what it is called, how large it must be, where it goes.
struct Slot {
  std::string name;
  Shape shape;
  file::Tensor* target;
  std::int64_t rope_heads = 0;  ///< above 0: rows to be permuted, this many heads
  bool conv1d = false;

  Shape stored_shape() const { return conv1d ? Shape{shape[1], shape[0]} : shape; }
};

Shape linear_shape(const Config& c, Kind kind) {
  const std::int64_t q = c.heads * c.head_width, kv = c.kv_heads * c.head_width;
  switch (kind) {
    case Kind::attention_qkv:
      return {q + 2 * kv, c.width};
    case Kind::attention_q:
      return {q, c.width};
    case Kind::attention_k:
    case Kind::attention_v:
      return {kv, c.width};
    case Kind::attention_out:
      return {c.width, q};
    case Kind::mlp_up:
    case Kind::mlp_gate:
      return {c.hidden, c.width};
    case Kind::mlp_down:
      return {c.width, c.hidden};
  }
  return {};
}

void add_norm(std::vector<Slot>& slots, const Config& c, const std::string& name, NormWeights& norm) {
  slots.push_back({name + ".weight", {c.width}, &norm.gain});
  if (c.family == Family::gpt) slots.push_back({name + ".bias", {c.width}, &norm.bias});
}

void add_decoder(std::vector<Slot>& slots, const Config& c, const Layout& layout, std::size_t number,
                 DecoderWeights& decoder) {
  const std::string before = layout.prefix + fmt::format(fmt::runtime(layout.decoder), number);
  add_norm(slots, c, before + std::string(layout.attention_norm), decoder.attention_norm);
  add_norm(slots, c, before + std::string(layout.mlp_norm), decoder.mlp_norm);
  for (const Kind kind : kinds(c.family)) {
    const std::string name = before + std::string(layout.linear[static_cast<std::size_t>(kind)]);
    const Shape shape = linear_shape(c, kind);
    std::int64_t rope_heads = 0;
    if (layout.rope_pairs && kind == Kind::attention_q) rope_heads = c.heads;
    if (layout.rope_pairs && kind == Kind::attention_k) rope_heads = c.kv_heads;
    slots.push_back({name + ".weight", shape, &decoder[kind].weight, rope_heads, layout.conv1d});
    if (c.family == Family::gpt || layout.biases[static_cast<std::size_t>(kind)]) {
      slots.push_back({name + ".bias", {shape[0]}, &decoder[kind].bias, rope_heads});
    }
  }
}

std::string head_name(const Layout& layout) { return layout.outer_prefix + std::string(layout.head) + ".weight"; }

std::vector<Slot> slots_of(const Config& c, const Layout& layout, Weights& weights) {
  std::vector<Slot> slots;
  const auto named = [&](std::string_view name) { return layout.prefix + std::string(name); };
  slots.push_back({named(layout.token_embedding) + ".weight", {c.vocabulary, c.width}, &weights.token_embedding});
  if (c.family == Family::gpt) {
    slots.push_back({named(layout.position_embedding) + ".weight", {c.context, c.width}, &weights.position_embedding});
  }
  for (std::size_t i = 0; i < weights.decoders.size(); ++i) add_decoder(slots, c, layout, i, weights.decoders[i]);
  add_norm(slots, c, named(layout.final_norm), weights.final_norm);
  if (!c.tied_head) slots.push_back({head_name(layout), {c.vocabulary, c.width}, &weights.head.weight});
  return slots;
}

/// A matrix that embedding and head share is there under one name or both; files that keep each tensor once keep
/// either.
void resolve_tied(const Config& config, const Layout& layout, const file::TensorFile& file, Slot& embedding,
                  Notes& notes) {
  const std::string head = head_name(layout);
  if (!config.tied_head || file.find(head) == nullptr) return;
  if (file.find(embedding.name) != nullptr) {
    notes.push_back(fmt::format("tensor {} is left out: the configuration ties the head to {}",
                                messages::printable(head), messages::printable(embedding.name)));
    return;
  }
  embedding.name = head;
}

void check_none_missing(const std::vector<Slot>& slots, const std::string& head, const file::TensorFile& file) {
  constexpr std::size_t most = 8;
  std::vector<std::string> missing;
  for (const Slot& slot : slots) {
    if (file.find(slot.name) == nullptr) missing.push_back(slot.name);
  }
  if (missing.empty()) return;
  const std::size_t count = missing.size();
  missing.resize(std::min(count, most));
  std::string hint;
  if (count == slots.size() && !file.tensors().empty())
    hint = fmt::format("; the file's first is called {}", messages::printable(file.tensors().front().name));
  if (count == 1 && missing.front() == head)
    hint = "; if the head shares the embedding's matrix, the configuration should tie them (tie_word_embeddings)";
  throw Error(fmt::format("{}: {} of {} tensors that the model's configuration asks for are missing: {}{}{}",
                          messages::printable(file.name()), count, slots.size(), fmt::join(missing, ", "),
                          count > most ? ", ..." : "", hint));
}

void check_shapes(const std::vector<Slot>& slots, const file::TensorFile& file) {
  for (const Slot& slot : slots) {
    const file::TensorInfo& info = *file.find(slot.name);
    const Shape expected = slot.stored_shape();
    if (info.shape == expected) continue;
    throw Error(fmt::format("{}: tensor {} has shape [{}], but the model's configuration asks for [{}]",
                            messages::printable(file.name()), messages::printable(slot.name),
                            fmt::join(info.shape, ", "), fmt::join(expected, ", ")));
  }
}

void check_none_left(const Config& config, const std::vector<Slot>& slots, const Layout& layout,
                     const file::TensorFile& file, Notes& notes) {
  std::vector<std::string_view> buffers;
  std::set<std::string_view> used;
  for (const Slot& slot : slots) used.insert(slot.name);
  for (const file::TensorInfo& info : file.tensors()) {
    const bool ignored = std::any_of(layout.ignored_suffixes.begin(), layout.ignored_suffixes.end(),
                                     [&](std::string_view suffix) { return info.name.ends_with(suffix); });
    if (ignored || used.contains(info.name) || (config.tied_head && info.name == head_name(layout))) continue;
    if (is_buffer(info)) {
      buffers.push_back(info.name);
      continue;
    }
    throw Error(
        fmt::format("{}: tensor {} has no place in this kind of model; leaving it out would compute another one",
                    messages::printable(file.name()), messages::printable(info.name)));
  }
  if (!buffers.empty())
    notes.push_back(fmt::format("tensors left out, no parameters (buffers, scales of caches and activations): {}, {}{}",
                                buffers.size(), messages::printable(buffers.front()),
                                buffers.size() > 1 ? fmt::format(" to {}", messages::printable(buffers.back())) : ""));
}

}  // namespace

Weights assemble(const Config& config, const Layout& layout, const file::TensorFile& file, Notes& notes) {
  Weights weights;
  weights.config = config;
  weights.decoders.resize(static_cast<std::size_t>(config.layers));
  std::vector<Slot> slots = slots_of(config, layout, weights);
  resolve_tied(config, layout, file, slots.front(), notes);
  check_none_missing(slots, head_name(layout), file);
  check_shapes(slots, file);
  check_none_left(config, slots, layout, file, notes);
  for (const Slot& slot : slots) {
    file::Tensor tensor = file.load(slot.name);
    if (slot.conv1d) tensor = file::transposed(tensor);
    if (slot.rope_heads > 0) tensor = rope_halves(tensor, slot.rope_heads);
    *slot.target = std::move(tensor);
  }
  if (config.tied_head) weights.head.weight = weights.token_embedding;
  return weights;
}

std::vector<NamedTensor> disassemble(const Weights& weights, const Layout& layout) {
  assert(!layout.rope_pairs);
  Weights copy = weights;  // views of the same values
  std::vector<NamedTensor> tensors;
  for (const Slot& slot : slots_of(weights.config, layout, copy))
    tensors.push_back({slot.name, slot.conv1d ? file::transposed(*slot.target) : *slot.target});
  return tensors;
}

}  // namespace octavo::sim::model
