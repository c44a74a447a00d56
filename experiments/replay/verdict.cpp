// Verdicts on mismatches.
#include "experiments/replay/verdict.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "experiments/replay/result_unit.h"
#include "machine/share.h"

namespace octavo::experiments::replay {
namespace {

constexpr std::int64_t kDotsOfInstruction = 64;  // at most
constexpr std::int64_t kTile = 128;

/// The results among which those of one instruction are: a block's number, and a block's results.
class Blocks {
 public:
  Blocks(const EmulatedProduct& product, std::int64_t results)
      : gemm_(product.terms().layout == store::CaseLayout::gemm),
        rows_(product.terms().a_rows),
        columns_(product.terms().b_rows),
        side_(product.single_instruction() ? std::max(rows_, columns_) : kTile),
        results_(results) {}

  std::int64_t block(std::int64_t result) const {
    if (!gemm_) return result / kDotsOfInstruction;
    return result / columns_ / side_ * tiles() + result % columns_ / side_;
  }

  std::vector<std::int64_t> results(std::int64_t block) const {
    std::vector<std::int64_t> all;
    if (!gemm_) {
      const std::int64_t end = std::min(results_, (block + 1) * kDotsOfInstruction);
      for (std::int64_t i = block * kDotsOfInstruction; i < end; ++i) all.push_back(i);
      return all;
    }
    const std::int64_t row = block / tiles() * side_;
    const std::int64_t column = block % tiles() * side_;
    for (std::int64_t i = row; i < std::min(rows_, row + side_); ++i)
      for (std::int64_t j = column; j < std::min(columns_, column + side_); ++j) all.push_back(i * columns_ + j);
    return all;
  }

 private:
  std::int64_t tiles() const { return (columns_ + side_ - 1) / side_; }

  bool gemm_;
  std::int64_t rows_;
  std::int64_t columns_;
  std::int64_t side_;
  std::int64_t results_;
};

/// What the results of a block are, in ascending order.
struct BlockResults {
  std::vector<std::uint32_t> computed;
  bool permuted = false;  ///< recorded are the same in another order
};

/// A result that many dots may have says nothing about its place.
bool is_distinctive(const EmulatedProduct& product, std::uint32_t bits) {
  if (product.width() == 8) return false;
  const double value = result_value(product, bits);
  return value != 0 && std::isfinite(value);
}

/// True if it is what the dot's row of a gives with another's of b, or the other way round.
bool is_crossed(const EmulatedProduct& product, std::uint32_t bits, std::int64_t result,
                const std::vector<std::int64_t>& others) {
  return std::ranges::any_of(others, [&](std::int64_t other) {
    if (other == result) return false;
    for (const std::uint32_t c : {0u, product.addend(result)})
      if (product.crossed(result, other, c) == bits || product.crossed(other, result, c) == bits) return true;
    return false;
  });
}

struct Signs {
  bool near = false;
  bool elsewhere = false;
};

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::misplaced:
      return "misplaced";
    case Verdict::near:
      return "near";
    case Verdict::far:
      return "far";
    case Verdict::nan_bits:
      return "other bits of NaN";
  }
  return "";
}

std::int64_t& VerdictCounts::of(Verdict verdict) {
  switch (verdict) {
    case Verdict::misplaced:
      return misplaced;
    case Verdict::near:
      return near;
    case Verdict::far:
      return far;
    case Verdict::nan_bits:
      break;
  }
  return nan_bits;
}

VerdictCounts& VerdictCounts::operator+=(const VerdictCounts& other) {
  misplaced += other.misplaced;
  near += other.near;
  far += other.far;
  nan_bits += other.nan_bits;
  return *this;
}

std::vector<Verdict> verdicts(const EmulatedProduct& product, std::span<const std::uint32_t> recorded,
                              std::span<const std::uint32_t> computed, std::span<const std::int64_t> mismatches) {
  const Blocks blocks(product, static_cast<std::int64_t>(computed.size()));
  std::map<std::int64_t, BlockResults> known;
  for (const std::int64_t result : mismatches) {
    const auto [entry, fresh] = known.try_emplace(blocks.block(result));
    if (!fresh) continue;
    std::vector<std::uint32_t> found;
    for (const std::int64_t i : blocks.results(entry->first)) {
      entry->second.computed.push_back(computed[static_cast<std::size_t>(i)]);
      found.push_back(recorded[static_cast<std::size_t>(i)]);
    }
    std::ranges::sort(entry->second.computed);
    std::ranges::sort(found);
    entry->second.permuted = found == entry->second.computed;
  }
  const bool permuted = std::ranges::all_of(known, [](const auto& entry) { return entry.second.permuted; });
  const bool crosses = product.single_instruction() && product.terms().layout == store::CaseLayout::dots;
  std::vector<Signs> signs(mismatches.size());
  machine::share(static_cast<std::int64_t>(mismatches.size()), 20e3, [&](std::int64_t number) {
    const auto i = static_cast<std::size_t>(number);
    const std::int64_t result = mismatches[i];
    const auto at = static_cast<std::size_t>(result);
    signs[i].near = result_distance(product, recorded[at], computed[at]) <= result_unit(product, result, computed[at]);
    const std::int64_t block = blocks.block(result);
    signs[i].elsewhere =
        permuted || (is_distinctive(product, recorded[at]) &&
                     (std::ranges::binary_search(known.at(block).computed, recorded[at]) ||
                      (crosses && !signs[i].near && is_crossed(product, recorded[at], result, blocks.results(block)))));
  });
  const bool map_is_wrong =
      permuted || std::ranges::count_if(signs, &Signs::elsewhere) > std::ranges::count_if(signs, &Signs::near);
  std::vector<Verdict> all;
  for (std::size_t i = 0; i < mismatches.size(); ++i) {
    const auto at = static_cast<std::size_t>(mismatches[i]);
    if (signs[i].elsewhere && (map_is_wrong || !signs[i].near))
      all.push_back(Verdict::misplaced);
    else if (signs[i].near)
      all.push_back(Verdict::near);
    else if (std::isnan(result_value(product, recorded[at])) && std::isnan(result_value(product, computed[at])))
      all.push_back(Verdict::nan_bits);
    else
      all.push_back(Verdict::far);
  }
  return all;
}

std::optional<std::int64_t> place_of(const EmulatedProduct& product, std::span<const std::uint32_t> computed,
                                     std::int64_t result, std::uint32_t bits) {
  const Blocks blocks(product, static_cast<std::int64_t>(computed.size()));
  for (const std::int64_t other : blocks.results(blocks.block(result)))
    if (computed[static_cast<std::size_t>(other)] == bits) return other;
  return std::nullopt;
}

Verdict conversion_verdict(const formats::Spec& to, std::uint32_t recorded, std::uint32_t computed) {
  if (to.is_nan(recorded) && to.is_nan(computed)) return Verdict::nan_bits;
  const std::uint32_t low = std::min(recorded, computed);
  const std::uint32_t high = std::max(recorded, computed);
  return high - low == 1 && ((high ^ low) & to.sign_bit()) == 0 && !to.is_nan(high) ? Verdict::near : Verdict::far;
}

}  // namespace octavo::experiments::replay
