// Scales beside codes (mxf8f6f4), and steps of both (mxf4nvf4).
#include "sim/gemm/tensor_core/kernels/pack_scales.h"

#include <algorithm>
#include <array>

#include "machine/share.h"
#include "sim/gemm/tensor_core/kernels/scaled_groups.h"

namespace octavo::sim::gemm {
namespace {

/// 2^0 in a format of scales.
std::uint8_t one(const formats::Spec& format) {
  return static_cast<std::uint8_t>(format == formats::e8m0 ? format.bias : format.bias << format.mantissa_bits);
}

/// True if the elements of a step of a row, or of a column of a panel, are all zero.
bool is_zero(const PackedSteps& packed, std::int64_t row, std::int64_t step) {
  const bool a = packed.side == Side::a;
  const std::uint8_t* codes = a ? packed.row(row, step * packed.step_depth)
                                : packed.panel(row / kStepColumns, step * packed.step_depth) + row % kStepColumns;
  const std::int64_t stride = a ? 1 : kStepColumns;
  std::uint8_t any = 0;
  for (std::int64_t k = 0; k < packed.step_depth; ++k) any |= codes[k * stride];
  return (any & 0x7Fu) == 0;
}

/// Codes of a step of a row, one a byte; zeros beyond the depth.
using StepCodes = std::array<std::uint8_t, kScaledDepth>;
StepCodes step_codes(const Operand& operand, std::int64_t row, std::int64_t k) {
  StepCodes codes{};
  const std::int64_t count = std::min<std::int64_t>(kScaledDepth, operand.depth - k);
  const std::int64_t first = row * operand.row_stride + k * operand.depth_stride;
  if (operand.depth_stride == 1 && operand.nibbles && count == kScaledDepth && first % 2 == 0) {
    const std::uint8_t* two = operand.codes + first / 2;
    for (std::size_t i = 0; i < kScaledDepth / 2; ++i) {
      codes[2 * i] = two[i] & 15;
      codes[2 * i + 1] = two[i] >> 4;
    }
  } else if (operand.depth_stride == 1 && !operand.nibbles) {
    for (std::int64_t i = 0; i < count; ++i) codes[static_cast<std::size_t>(i)] = operand.codes[first + i] & 15;
  } else {
    for (std::int64_t i = 0; i < count; ++i) codes[static_cast<std::size_t>(i)] = operand.code(row, k + i) & 15;
  }
  return codes;
}

void mark(PackedSteps& packed, std::int64_t row) {
  packed.special[static_cast<std::size_t>(row)] = 1;
  packed.scales.nan[static_cast<std::size_t>(row)] = 1;
}

/// A row's scales to codes[step * stride].
void pack_row_scales(const Operand& operand, PackedSteps& packed, std::int64_t row, std::uint8_t* codes,
                     std::int64_t stride) {
  const std::int64_t steps = packed.steps();
  std::int64_t told = -1;  // the last step whose scale matters
  for (std::int64_t step = 0; step < steps; ++step) {
    bool nan = false;
    const std::uint8_t code = scale_code(operand, row, step * packed.step_depth, nan);
    if (nan) mark(packed, row);
    codes[step * stride] = code;
    if (is_zero(packed, row, step)) {
      if (told >= 0) codes[step * stride] = codes[told * stride];
      continue;
    }
    for (std::int64_t before = told < 0 ? 0 : step; before < step; ++before) codes[before * stride] = code;
    told = step;
  }
}

}  // namespace

std::uint8_t scale_code(const Operand& operand, std::int64_t row, std::int64_t k, bool& nan) {
  const Scales& scales = operand.scales;
  const formats::Spec& format = *scales.shape.format;
  if (k >= operand.depth) return one(format);
  const auto code = static_cast<std::uint8_t>(scales.codes[scales.at(row, k)] & format.magnitude_mask());
  if (!format.is_nan(code)) return code;
  nan = true;
  return one(format);
}

void pack_step_scales(const Operand& operand, PackedSteps& packed) {
  const std::int64_t steps = packed.steps();
  const bool a = packed.side == Side::a;
  const std::int64_t units = a ? packed.rows : packed.panels();
  packed.scales.format = *operand.scales.shape.format;
  packed.scales.nan.assign(static_cast<std::size_t>(packed.rows), 0);
  packed.scales.codes.resize(static_cast<std::size_t>(units * steps * (a ? 1 : kStepColumns)));
  machine::share(units, 20.0 * static_cast<double>(steps * (a ? 1 : kStepColumns)), [&](std::int64_t unit) {
    if (a) return pack_row_scales(operand, packed, unit, packed.scales.codes.data() + unit * steps, 1);
    std::uint8_t* panel = packed.scales.codes.data() + unit * steps * kStepColumns;
    for (std::int64_t j = 0; j < kStepColumns; ++j)
      pack_row_scales(operand, packed, std::min(unit * kStepColumns + j, packed.rows - 1), panel + j, kStepColumns);
  });
}

void PackedSteps::copy_scales(std::int64_t i, std::uint8_t* to) const {
  const bool a = side == Side::a;
  for (std::int64_t step = 0; step < steps(); ++step) {
    if (!in_nibbles()) {
      *to++ = scales.codes[static_cast<std::size_t>(
          a ? i * steps() + step : (i / kStepColumns * steps() + step) * kStepColumns + i % kStepColumns)];
      continue;
    }
    const std::int64_t k = step * step_depth;
    for (int group = 0; group < kStepGroups; ++group)
      *to++ = a ? reinterpret_cast<const ScaledRowStep*>(row(i, k))->scales[group]
                : reinterpret_cast<const ScaledPanelStep*>(panel(i / kStepColumns, k))->scales[group][i % kStepColumns];
  }
}

std::unique_ptr<PackedSteps> pack_scaled_groups(const Architecture& row, Side side, const Operand& operand) {
  auto packed = std::make_unique<PackedSteps>();
  packed->rows = operand.rows;
  packed->depth = operand.depth;
  packed->side = side;
  packed->format = operand.format;
  packed->order = depth_order({}, operand.depth, row.depth);
  packed->table = element_table(operand.format, row.operands_as_f16);
  packed->step_depth = row.group;
  packed->row_step_bytes = sizeof(ScaledRowStep);
  packed->panel_step_bytes = sizeof(ScaledPanelStep);
  packed->special.assign(static_cast<std::size_t>(operand.rows), 0);
  packed->scales.format = *operand.scales.shape.format;
  packed->scales.nan.assign(static_cast<std::size_t>(operand.rows), 0);
  const bool a = side == Side::a;
  const std::int64_t units = a ? operand.rows : packed->panels();
  packed->codes = Buffer<std::uint8_t>(units * (a ? packed->row_bytes() : packed->panel_bytes()));
  const auto scale = [&](std::int64_t i, std::int64_t k) {
    bool nan = false;
    const std::uint8_t result = scale_code(operand, i, k, nan);
    if (nan) mark(*packed, i);
    return result;
  };
  std::uint8_t* bytes = packed->codes.data();
  machine::share(
      units, 0.5 * static_cast<double>(packed->padded_depth() * (a ? 1 : kStepColumns)), [&](std::int64_t unit) {
        for (std::int64_t k = 0; k < packed->padded_depth(); k += kScaledDepth) {
          if (a) {
            auto& to = reinterpret_cast<ScaledRowStep*>(bytes + unit * packed->row_bytes())[k / kScaledDepth];
            const StepCodes codes = step_codes(operand, unit, k);
            for (std::size_t i = 0; i < sizeof to.codes; ++i)
              to.codes[i] = static_cast<std::uint8_t>(codes[2 * i] | codes[2 * i + 1] << 4);
            for (int group = 0; group < kStepGroups; ++group) to.scales[group] = scale(unit, k + group * kGroupDepth);
            continue;
          }
          auto& to = reinterpret_cast<ScaledPanelStep*>(bytes + unit * packed->panel_bytes())[k / kScaledDepth];
          constexpr int kHalf = kStepColumns / 2;
          for (int j = 0; j < kHalf; ++j) {
            const auto column = [&](int which) { return std::min(unit * kStepColumns + which, operand.rows - 1); };
            const StepCodes low = step_codes(operand, column(j), k);
            const StepCodes high = step_codes(operand, column(j + kHalf), k);
            for (std::size_t i = 0; i < low.size(); ++i)
              to.codes[i][j] = static_cast<std::uint8_t>(low[i] | high[i] << 4);
            for (int group = 0; group < kStepGroups; ++group) {
              to.scales[group][j] = scale(column(j), k + group * kGroupDepth);
              to.scales[group][j + kHalf] = scale(column(j + kHalf), k + group * kGroupDepth);
            }
          }
        }
      });
  packed->any_special =
      std::any_of(packed->special.begin(), packed->special.end(), [](std::uint8_t special) { return special != 0; });
  return packed;
}

}  // namespace octavo::sim::gemm
