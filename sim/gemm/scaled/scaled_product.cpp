// Planning, packing and multiplying scaled operands.
#include "sim/gemm/scaled/scaled_product.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include "formats/catalog.h"
#include "machine/share.h"
#include "messages/error.h"
#include "sim/gemm/scaled/restore.h"
#include "sim/gemm/tensor_core/promote.h"

namespace octavo::sim::gemm {
namespace {

constexpr std::int64_t kChunkUnit = 16;  // the k of the shortest instructions

bool is_power_of_two(float x) { return x > 0 && std::isfinite(x) && std::ldexp(1.0, std::ilogb(x)) == double{x}; }

void unscale(float* y, std::int64_t count, float a_inverse, float b_inverse) {
  double factor = double{a_inverse} * double{b_inverse};
  if (!is_power_of_two(a_inverse) || !is_power_of_two(b_inverse)) factor = double{static_cast<float>(factor)};
  if (factor == 1.0) return;
  machine::share(count, 0.4, [&](std::int64_t i) { y[i] = static_cast<float>(static_cast<double>(y[i]) * factor); });
}

void multiply_chunks(const Engine& engine, const ScaledOperand& a, const ScaledOperand& b, float* y) {
  const std::int64_t rows = a.parts.front()->rows;
  const std::int64_t width = b.parts.front()->rows;
  const auto product = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(rows * width));
  std::fill_n(y, rows * width, 0.0F);
  for (std::size_t part = 0; part < a.parts.size(); ++part) {
    engine.multiply(*a.parts[part], *b.parts[part], product.get(), width);
    const float* a_inverses = a.inverses.data() + static_cast<std::int64_t>(part) * rows;
    const float* b_inverses = b.inverses.data() + static_cast<std::int64_t>(part) * width;
    machine::share(rows, static_cast<double>(width), [&](std::int64_t t) {
      for (std::int64_t n = 0; n < width; ++n) {
        const float factor = a_inverses[t] * b_inverses[n];
        y[t * width + n] =
            canonical(std::fma(factor, product[static_cast<std::size_t>(t * width + n)], y[t * width + n]));
      }
    });
  }
}

/// The part of an operand of codes from `first` on, a multiple of 16, without scales.
Operand chunk_of(const Operand& operand, std::int64_t first, std::int64_t depth) {
  Operand part = operand;
  part.codes = operand.codes + first * operand.depth_stride / (operand.nibbles ? 2 : 1);
  part.depth = std::min(depth, operand.depth - first);
  part.scales = {};
  return part;
}

std::string text(const ScaleShape& shape) {
  const std::string format = shape.format ? formats::name(*shape.format) : "binary32";
  if (shape.is_tensor()) return fmt::format("one {} scale", format);
  const auto extent = [](std::int64_t count) { return count == 0 ? std::string("all") : std::to_string(count); };
  return fmt::format("{} scales for {} x {} elements", format, extent(shape.rows), extent(shape.depth));
}

ProductPlan native_plan(const Engine& engine, const ScaleShape& a, const ScaleShape& b) {
  std::string wanted;
  for (const NativeScales& native : engine.native_scales()) {
    const auto fits = [&](const ScaleShape& shape) {
      return shape.format == native.format && shape.depth % native.depth == 0;
    };
    if (fits(a) && fits(b)) return {ScalePlacement::within, 0};
    wanted += fmt::format("{}an {} scale for every {}", wanted.empty() ? "" : ", or ", formats::name(native.format),
                          native.depth);
  }
  throw Error(
      fmt::format("engine \"{}\" multiplies operands with {} elements of K (or a multiple of them), not {} with {}; "
                  "cast both to such a block format, or take engine \"fp32\"",
                  engine.name(), wanted, text(a), text(b)));
}

}  // namespace

ProductPlan plan_product(const Engine& engine, const ScaleShape& a, const ScaleShape& b, std::int64_t depth) {
  if (!engine.native_scales().empty()) return native_plan(engine, a, b);
  if (a.is_tensor() && b.is_tensor()) return {};
  if (engine.takes_values()) return {ScalePlacement::before, 0};
  const auto width = [&](const ScaleShape& shape) { return shape.depth == 0 ? depth : std::min(shape.depth, depth); };
  const std::int64_t chunk = std::min(width(a), width(b));
  if (width(a) != width(b) && std::max(width(a), width(b)) != depth)
    throw Error(
        fmt::format("engine \"{}\" needs scales of both operands every so many elements of K alike, not every "
                    "{} and every {}; give equal granularities along K, or engine \"fp32\"",
                    engine.name(), width(a), width(b)));
  if (chunk != depth && chunk % kChunkUnit != 0)
    throw Error(
        fmt::format("engine \"{}\" cannot apply a scale every {} elements of K; give a granularity of a "
                    "multiple of {} columns, or engine \"fp32\"",
                    engine.name(), chunk, kChunkUnit));
  return {ScalePlacement::chunks, chunk};
}

ScaledOperand pack(const Engine& engine, Side side, const ProductPlan& plan, const Operand& operand) {
  ScaledOperand result;
  result.plan = plan;
  if (plan.scales == ScalePlacement::within) {
    std::vector<std::uint8_t> codes;
    Operand scaled = operand;
    if (operand.values == nullptr)
      scaled.scales = with_codes(operand.scales, operand, side == Side::a ? "a" : "b", codes);
    result.inverses.assign(1, operand.scales.tensor);
    result.parts.push_back(engine.pack(side, scaled));
    return result;
  }
  if (operand.values != nullptr || plan.scales == ScalePlacement::before) {
    result.inverses.assign(1, 1.0F);
    const Operand values = operand.values != nullptr ? operand : restored(operand, result.restored);
    result.parts.push_back(engine.pack(side, values));
    if (side == Side::b) result.restored.reset();
    return result;
  }
  if (plan.scales == ScalePlacement::after) {
    result.inverses.assign(1, inverse_of(operand.scales, 0, 0));
    result.parts.push_back(engine.pack(side, chunk_of(operand, 0, operand.depth)));
    return result;
  }
  for (std::int64_t first = 0; first < operand.depth; first += plan.chunk) {
    result.parts.push_back(engine.pack(side, chunk_of(operand, first, plan.chunk)));
    for (std::int64_t row = 0; row < operand.rows; ++row)
      result.inverses.push_back(inverse_of(operand.scales, row, first));
  }
  return result;
}

void multiply_scaled(const Engine& engine, const ScaledOperand& a, const ScaledOperand& b, float* y) {
  assert(a.parts.size() == b.parts.size());
  if (a.plan.scales == ScalePlacement::chunks) return multiply_chunks(engine, a, b, y);
  const std::int64_t rows = a.parts.front()->rows;
  const std::int64_t width = b.parts.front()->rows;
  engine.multiply(*a.parts.front(), *b.parts.front(), y, width);
  if (a.plan.scales != ScalePlacement::within) return unscale(y, rows * width, a.inverses.front(), b.inverses.front());
  const float alpha = a.inverses.front() * b.inverses.front();
  if (alpha != 1.0F) machine::share(rows * width, 0.4, [&](std::int64_t i) { y[i] = canonical(y[i] * alpha); });
}

}  // namespace octavo::sim::gemm
