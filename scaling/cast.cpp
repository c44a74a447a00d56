// Whole tensors in pieces, and tensors block by block.
#include "scaling/cast.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "machine/share.h"

namespace octavo::scaling {
namespace {

// What threads share a tensor by; fixed, so that sums over parts do not depend on the threads.
constexpr std::int64_t kPiece = 1 << 15;  // elements
constexpr std::int64_t kBlocksAtATime = 64;

/// function(part, first, count) for each part of [0, all).
template <class Function>
void for_parts(std::int64_t all, std::int64_t size, const Function& function) {
  const std::int64_t parts = (all + size - 1) / size;
  constexpr double kPart = 20e3;  // ns: more or less, by policy and by what is to be recorded
  machine::share(parts, kPart, [&](std::int64_t part) {
    function(static_cast<std::size_t>(part), part * size, std::min(size, all - part * size));
  });
}

std::span<const float> piece_of(std::span<const float> x, std::int64_t first, std::int64_t count) {
  return x.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

std::size_t parts_of(std::int64_t all, std::int64_t size) { return static_cast<std::size_t>((all + size - 1) / size); }

formats::MeasuredAmax amax_of(std::span<const float> x) {
  const auto count = static_cast<std::int64_t>(x.size());
  std::vector<formats::MeasuredAmax> parts(parts_of(count, kPiece));
  for_parts(count, kPiece, [&](std::size_t part, std::int64_t first, std::int64_t length) {
    parts[part] = formats::amax(piece_of(x, first, length));
  });
  formats::MeasuredAmax result;
  for (const formats::MeasuredAmax& part : parts) result += part;
  return result;
}

/// True if the codes of a part with this amax lose a NaN, or an infinity that is to stay one.
bool loses(const Cast& rule, const formats::MeasuredAmax& amax) {
  if (rule.format.has_nan()) return false;
  return amax.has_nan ||
         (rule.overflow == formats::Overflow::special && !rule.format.has_infinity() && std::isinf(amax.value));
}

/// The scale that says so.
Scale marked(Scale chosen, const Cast& rule, const formats::MeasuredAmax& amax) {
  if (loses(rule, amax)) chosen.inverse = std::numeric_limits<float>::quiet_NaN();
  return chosen;
}

struct Part {
  formats::CastStatistics statistics;
  std::array<std::uint64_t, 256> exponents{};
};

/// The parts' sums, in ascending order.
void add(const std::vector<Part>& parts, CastOutcome& outcome) {
  for (const Part& part : parts) {
    outcome.statistics += part.statistics;
    for (std::size_t bin = 0; bin < part.exponents.size(); ++bin) outcome.exponents[bin] += part.exponents[bin];
  }
}

void encode_part(const Cast& rule, const Scale& scale, std::span<const float> x, std::span<std::uint8_t> codes,
                 Part* part) {
  if (part == nullptr) {
    formats::encode(rule.format, rule.overflow, x, scale.factor, codes);
    return;
  }
  part->statistics += formats::encode_with_statistics(rule.format, rule.overflow, x, scale.factor, codes);
  formats::exponent_histogram(x, part->exponents);
}

void cast_whole(std::span<const float> x, const Cast& rule, CastTensor& result, CastOutcome* outcome) {
  const auto count = static_cast<std::int64_t>(x.size());
  std::vector<Part> parts(outcome != nullptr ? parts_of(count, kPiece) : 0);
  for_parts(count, kPiece, [&](std::size_t part, std::int64_t first, std::int64_t length) {
    encode_part(rule, result.scale(), piece_of(x, first, length),
                {result.codes.get() + first, static_cast<std::size_t>(length)},
                outcome != nullptr ? &parts[part] : nullptr);
  });
  if (outcome != nullptr) add(parts, *outcome);
}

/// One block of a matrix, gathered where it does not lie in one piece.
class Block {
 public:
  Block(const BlockGrid& grid, std::int64_t number)
      : columns_(grid.columns),
        row_(number / grid.across() * grid.block_rows),
        column_(number % grid.across() * grid.block_columns),
        height_(std::min(grid.block_rows, grid.rows - row_)),
        width_(std::min(grid.block_columns, grid.columns - column_)) {}

  std::size_t size() const { return static_cast<std::size_t>(height_ * width_); }
  bool contiguous() const { return height_ == 1 || width_ == columns_; }
  std::size_t begin() const { return static_cast<std::size_t>(row_ * columns_ + column_); }

  /// Copies between the block's rows in a matrix and a dense block.
  template <class T>
  void gather(const T* matrix, T* dense) const {
    for (std::int64_t row = 0; row < height_; ++row)
      std::copy_n(matrix + (row_ + row) * columns_ + column_, width_, dense + row * width_);
  }
  template <class T>
  void scatter(const T* dense, T* matrix) const {
    for (std::int64_t row = 0; row < height_; ++row)
      std::copy_n(dense + row * width_, width_, matrix + (row_ + row) * columns_ + column_);
  }

 private:
  std::int64_t columns_;
  std::int64_t row_;
  std::int64_t column_;
  std::int64_t height_;
  std::int64_t width_;
};

void cast_blocks(std::span<const float> x, const Cast& rule, const BlockGrid& grid, const formats::MeasuredAmax& tensor,
                 CastTensor& result, CastOutcome* outcome, std::vector<std::uint8_t>& usable) {
  std::vector<Part> parts(outcome != nullptr ? parts_of(grid.blocks(), kBlocksAtATime) : 0);
  for_parts(grid.blocks(), kBlocksAtATime, [&](std::size_t part, std::int64_t first, std::int64_t count) {
    std::vector<float> gathered;
    std::vector<std::uint8_t> codes;
    for (std::int64_t number = first; number < first + count; ++number) {
      const Block block(grid, number);
      std::span<const float> values = x.subspan(block.begin(), block.contiguous() ? block.size() : 0);
      std::span<std::uint8_t> target{result.codes.get() + block.begin(), values.size()};
      if (!block.contiguous()) {
        gathered.resize(block.size());
        codes.resize(block.size());
        block.gather(x.data(), gathered.data());
        values = gathered;
        target = codes;
      }
      const Observation observed{formats::amax(values), values, tensor};
      const Scale scale = marked(scaling::scale(rule.scaling, rule.format, observed), rule, observed.amax);
      result.scales[static_cast<std::size_t>(number)] = scale;
      usable[static_cast<std::size_t>(number)] = observed.usable() ? 1 : 0;
      encode_part(rule, scale, values, target, outcome != nullptr ? &parts[part] : nullptr);
      if (!block.contiguous()) block.scatter(codes.data(), result.codes.get());
    }
  });
  if (outcome != nullptr) add(parts, *outcome);
}

/// `usable`: by scale, whether it comes from a value and is no stand-in.
void describe(const std::vector<Scale>& scales, const std::vector<std::uint8_t>& usable, const Cast& rule,
              const formats::MeasuredAmax& amax, CastOutcome& outcome) {
  outcome.amax = amax;
  outcome.blocks = scales.size();
  if (!scales.empty()) outcome.scale = scales.front();
  const bool given = needs(rule.scaling) == Needs::nothing;  // then a bias does not depend on the values
  for (std::size_t i = 0; i < scales.size(); ++i) {
    if (given || usable[i] != 0)
      ++outcome.biases[static_cast<std::size_t>(scales[i].bias() + kBiasLimit)];
    else
      ++outcome.without_bias;
    if (std::isnan(scales[i].inverse)) ++outcome.nan_scales;
  }
}

}  // namespace

Cast cast_of(const formats::BlockFormat& format) {
  const Policy policy = format.tensor_scale             ? Policy(Nvfp4{})
                        : format.scale == formats::e8m0 ? Policy(Mx{})
                                                        : Policy(Current{});
  return {format.element, policy, block(format.rows, format.columns)};
}

std::uint64_t scale_bits(const Policy& policy, std::uint64_t blocks) {
  if (std::holds_alternative<Mx>(policy)) return 8 * blocks;
  return std::holds_alternative<Nvfp4>(policy) ? 8 * blocks + 32 : 32 * blocks;
}

CastTensor cast(std::span<const float> x, std::int64_t columns, const Cast& rule, bool with_outcome,
                AmaxHistory* past) {
  assert(columns >= 1 && static_cast<std::int64_t>(x.size()) % columns == 0);
  const bool observed = with_outcome || needs(rule.scaling) != Needs::nothing || !rule.format.has_nan();
  const formats::MeasuredAmax amax = observed ? amax_of(x) : formats::MeasuredAmax{};
  const std::shared_ptr<CastOutcome> outcome(with_outcome ? new CastOutcome : nullptr);
  CastTensor result;
  result.codes = std::make_unique_for_overwrite<std::uint8_t[]>(x.size());
  std::vector<std::uint8_t> usable(1);
  if (rule.granularity.is_tensor()) {
    const Observation observation{amax, x, amax};
    const bool from_past = past != nullptr && has_history(rule.scaling) && is_founded(*past);
    const bool waits = past != nullptr && std::holds_alternative<Delayed>(rule.scaling);  // for the next step
    usable[0] = from_past || (!waits && observation.usable()) ? 1 : 0;
    const Scale chosen = past != nullptr ? step(rule.scaling, rule.format, observation, *past)
                                         : scale(rule.scaling, rule.format, observation);
    result.scales.assign(1, marked(chosen, rule, amax));
    cast_whole(x, rule, result, outcome.get());
  } else {
    const BlockGrid grid(rule.granularity, static_cast<std::int64_t>(x.size()) / columns, columns);
    result.scales.resize(static_cast<std::size_t>(grid.blocks()));
    usable.resize(result.scales.size());
    cast_blocks(x, rule, grid, amax, result, outcome.get(), usable);
  }
  if (with_outcome) describe(result.scales, usable, rule, amax, *outcome);
  result.outcome = outcome;
  return result;
}

void dequantize(const CastTensor& tensor, const Cast& rule, std::int64_t columns, std::span<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  const BlockGrid grid(rule.granularity, count / columns, columns);
  const std::int64_t rows_at_a_time = std::max<std::int64_t>(1, kPiece / columns);
  for_parts(grid.rows, rows_at_a_time, [&](std::size_t, std::int64_t first, std::int64_t rows) {
    const auto begin = static_cast<std::size_t>(first * columns);
    const auto size = static_cast<std::size_t>(rows * columns);
    formats::decode(rule.format, {tensor.codes.get() + begin, size}, values.subspan(begin, size));
    for (std::int64_t row = first; row < first + rows; ++row)
      for (std::int64_t column = 0; column < columns; column += grid.block_columns) {
        const float inverse = tensor.scales[static_cast<std::size_t>(grid.of(row, column))].inverse;
        const std::int64_t end = std::min(column + grid.block_columns, columns);
        for (std::int64_t i = column; i < end; ++i) values[static_cast<std::size_t>(row * columns + i)] *= inverse;
      }
  });
}

}  // namespace octavo::scaling
