// The library's part of a recorded call.
#include "experiments/replay/library_model.h"

#include <bit>
#include <cmath>

#include "formats/catalog.h"
#include "formats/decode.h"
#include "machine/share.h"
#include "messages/error.h"

namespace octavo::experiments::replay {
namespace {

using store::ScaleMode;

constexpr std::int64_t kBlock = 128;

/// The scale of an operand's row, at block `block` of K.
float scale_of(ScaleMode mode, const std::vector<float>& scales, std::int64_t row, std::int64_t block,
               std::int64_t blocks) {
  switch (mode) {
    case ScaleMode::tensor:
      return scales[0];
    case ScaleMode::outer:
      return scales[static_cast<std::size_t>(row)];
    case ScaleMode::vec_128:
      return scales[static_cast<std::size_t>(row * blocks + block)];
    case ScaleMode::block_128x128:
      return scales[static_cast<std::size_t>(row / kBlock * blocks + block)];
  }
  return 1;
}

bool by_block(ScaleMode mode) { return mode == ScaleMode::vec_128 || mode == ScaleMode::block_128x128; }

std::optional<formats::Spec> output_format(const std::string& output) {
  if (output == "f32") return std::nullopt;
  return output == "f16" ? formats::fp16 : formats::spec(output);
}

BlockOrder resolved(BlockOrder order, const store::LibraryCall& call) {
  if (order != BlockOrder::cutlass) return order;
  const bool tile = call.a_mode == ScaleMode::block_128x128 || call.b_mode == ScaleMode::block_128x128;
  return tile ? BlockOrder::product_first : BlockOrder::b_first;
}

}  // namespace

std::vector<float> values_beside(const store::Bits& bits, const std::string& output) {
  std::vector<float> values;
  const formats::Spec& half = store::is_bf16(output) ? formats::bf16 : formats::fp16;
  for (const std::uint32_t value : bits.values)
    values.push_back(bits.width == 32 ? std::bit_cast<float>(value) : static_cast<float>(formats::decode(half, value)));
  return values;
}

bool scales_blocks(const store::LibraryCall& call) { return by_block(call.a_mode) || by_block(call.b_mode); }

std::vector<float> scaled_pieces(const store::ProductCase& data, const LibraryModel& model, const Pieces& pieces) {
  using sim::gemm::BlockScaling;
  const store::LibraryCall& call = *data.call;
  const std::int64_t blocks = (data.depth + kBlock - 1) / kBlock;
  const BlockOrder order = resolved(model.blocks, call);
  std::vector<float> sums(static_cast<std::size_t>(data.a_rows * data.b_rows));
  machine::share(data.a_rows, 10.0 * static_cast<double>(data.b_rows * data.depth), [&](std::int64_t i) {
    for (std::int64_t j = 0; j < data.b_rows; ++j) {
      const std::vector<float> partial = pieces(i, j);
      float total = 0;
      for (std::int64_t block = 0; block < blocks; ++block) {
        const float a = scale_of(call.a_mode, call.a_scales, i, block, blocks);
        const float b = scale_of(call.b_mode, call.b_scales, j, block, blocks);
        const bool a_first = order == BlockOrder::a_first;
        total = sim::gemm::add_scaled(
            total, partial[static_cast<std::size_t>(block)], a_first ? a : b, a_first ? b : a,
            order == BlockOrder::product_first ? BlockScaling::multiplied_first : BlockScaling::one_by_one);
      }
      sums[static_cast<std::size_t>(i * data.b_rows + j)] = total;
    }
  });
  return sums;
}

LibraryResults finish(const store::ProductCase& data, const LibraryModel& model, std::span<const float> accumulated) {
  const store::LibraryCall& call = *data.call;
  sim::gemm::Epilogue epilogue{.scales = model.scales,
                               .addends = model.addends,
                               .alpha = call.alpha,
                               .beta = data.c ? call.beta : 0.0f,
                               .c_scale = call.c_scale,
                               .output_scale = call.d_scale,
                               .output = output_format(call.output)};
  const std::vector<float> bias_values = call.bias ? values_beside(*call.bias, call.output) : std::vector<float>{};
  const std::vector<float> c_values = data.c ? values_beside(*data.c, call.output) : std::vector<float>{};
  const bool blocks = scales_blocks(call);  // whose scales are in the sums
  LibraryResults results;
  float amax = 0;
  for (std::int64_t i = 0; i < data.a_rows; ++i) {
    for (std::int64_t j = 0; j < data.b_rows; ++j) {
      if (!blocks) {
        epilogue.a_scale = scale_of(call.b_mode, call.b_scales, j, 0, 1);
        epilogue.b_scale = scale_of(call.a_mode, call.a_scales, i, 0, 1);
      }
      const auto at = static_cast<std::size_t>(i * data.b_rows + j);
      const float bias = call.bias ? bias_values[static_cast<std::size_t>(j)] : model.adds_zero ? 0.0f : -0.0f;
      const float value = sim::gemm::epilogue_value(epilogue, accumulated[at], bias, data.c ? c_values[at] : 0.0f);
      results.d.push_back(sim::gemm::epilogue_output(epilogue, value));
      const float observed = std::fabs(model.amax_after_scale ? value * call.d_scale : value);
      if (std::isnan(observed) ? !model.amax_skips_nan : observed > amax) amax = observed;
    }
  }
  results.amax = std::bit_cast<std::uint32_t>(sim::gemm::canonical(amax));
  return results;
}

}  // namespace octavo::experiments::replay
