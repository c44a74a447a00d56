// Reading and writing a library's call.
#include "experiments/store/cases/library_call.h"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "messages/printable.h"

namespace octavo::experiments::store {
namespace {

constexpr std::array kScaleModes{ScaleMode::tensor, ScaleMode::outer, ScaleMode::vec_128, ScaleMode::block_128x128};

ScaleMode mode_of(const Group& group, const std::string& attribute) {
  const std::string text = required_text(group, attribute);
  for (const ScaleMode mode : kScaleModes)
    if (text == name(mode)) return mode;
  refuse(group,
         fmt::format("its {} is {}; give tensor, outer, vec128 or blk128x128", attribute, messages::printable(text)));
}

std::uint64_t extent(std::int64_t count) { return static_cast<std::uint64_t>(count); }

}  // namespace

std::string required_text(const Group& group, const std::string& name) {
  if (!group.has_attribute(name)) refuse(group, fmt::format("it has no attribute '{}'", name));
  return group.get_any_text(name);
}

std::string_view name(ScaleMode mode) {
  switch (mode) {
    case ScaleMode::tensor:
      return "tensor";
    case ScaleMode::outer:
      return "outer";
    case ScaleMode::vec_128:
      return "vec128";
    case ScaleMode::block_128x128:
      return "blk128x128";
  }
  return "";
}

std::int64_t scale_count(ScaleMode mode, std::int64_t rows, std::int64_t depth) {
  const auto blocks = [](std::int64_t n) { return (n + 127) / 128; };
  switch (mode) {
    case ScaleMode::tensor:
      return 1;
    case ScaleMode::outer:
      return rows;
    case ScaleMode::vec_128:
      return rows * blocks(depth);
    case ScaleMode::block_128x128:
      return blocks(rows) * blocks(depth);
  }
  return 0;
}

int output_bits(std::string_view output) {
  if (output == "f32") return 32;
  if (output == "f16" || output == "bf16") return 16;
  return output == "e4m3" || output == "e5m2" ? 8 : 0;
}

bool is_bf16(std::string_view output) { return output != "f16"; }

LibraryCall read_call(const Group& group, std::int64_t a_rows, std::int64_t b_rows, std::int64_t depth) {
  LibraryCall call;
  call.output = required_text(group, "output");
  if (output_bits(call.output) == 0)
    refuse(group, fmt::format("its output is {}; give f32, f16, bf16, e4m3 or e5m2", messages::printable(call.output)));
  call.alpha = group.get_any_float("alpha");
  call.beta = group.get_any_float("beta");
  call.c_scale = group.get_any_float("c_scale");
  call.d_scale = group.get_any_float("d_scale");
  call.a_mode = mode_of(group, "a_scale_mode");
  call.b_mode = mode_of(group, "b_scale_mode");
  const auto scales = [&](const std::string& dataset, ScaleMode mode, std::int64_t rows) {
    require(group, dataset);
    return group.read<float>(dataset, {extent(scale_count(mode, rows, depth))});
  };
  call.a_scales = scales("a_scales", call.a_mode, a_rows);
  call.b_scales = scales("b_scales", call.b_mode, b_rows);
  if (group.has("bias")) {
    call.bias = read_bits(group, "bias", {extent(b_rows)});
    if (call.bias->width != 16) refuse(group, "'bias' has no elements of 16 bits");
  }
  if (group.has_attribute("amax")) call.amax = std::bit_cast<std::uint32_t>(group.get_any_float("amax"));
  return call;
}

void write_call(const Group& group, const LibraryCall& call) {
  group.set("output", call.output);
  group.set("alpha", call.alpha);
  group.set("beta", call.beta);
  group.set("c_scale", call.c_scale);
  group.set("d_scale", call.d_scale);
  group.set("a_scale_mode", name(call.a_mode));
  group.set("b_scale_mode", name(call.b_mode));
  group.write<float>("a_scales", call.a_scales, {call.a_scales.size()});
  group.write<float>("b_scales", call.b_scales, {call.b_scales.size()});
  if (call.bias) write_bits(group, "bias", *call.bias, {call.bias->values.size()}, is_bf16(call.output));
  if (call.amax) group.set("amax", std::bit_cast<float>(*call.amax));
}

}  // namespace octavo::experiments::store
