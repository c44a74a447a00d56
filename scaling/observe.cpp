// Amaxes row by row, counts block by block.
#include "scaling/observe.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "scaling/block_values.h"

namespace octavo::scaling {
namespace {

constexpr double kAmaxEach = 0.15;  // nanoseconds
constexpr double kCountEach = 2.0;

/// Shorter runs are not worth a kernel's call.
constexpr std::int64_t kFew = 8;

formats::MeasuredAmax amax_of(formats::Values x) {
  constexpr std::size_t kAtATime = 1024;
  formats::MeasuredAmax result;
  if (x.type() == formats::quantize_kernel::Source::fp32) {
    const std::span<const float> floats(static_cast<const float*>(x.data()), x.size());
    if (static_cast<std::int64_t>(x.size()) >= kFew) return formats::amax(floats);
    for (const float value : floats) result += {std::isnan(value) ? 0.0F : std::fabs(value), std::isnan(value)};
    return result;
  }
  for (std::size_t first = 0; first < x.size(); first += kAtATime) {
    const std::size_t count = std::min(kAtATime, x.size() - first);
    formats::WidenedPart<kAtATime> widened;
    result += formats::amax(std::span(widened.of(x.part(first, count)), count));
  }
  return result;
}

/// One scale for all: pieces of the flat tensor.
formats::MeasuredAmax amax_of_all(const formats::Values& x) {
  const auto size = static_cast<std::int64_t>(x.size());
  const std::int64_t pieces = (size + kPiece - 1) / kPiece;
  std::vector<formats::MeasuredAmax> parts(static_cast<std::size_t>(pieces));
  machine::share(pieces, kAmaxEach * kPiece, [&](std::int64_t i) {
    parts[static_cast<std::size_t>(i)] = amax_of(
        x.part(static_cast<std::size_t>(i * kPiece), static_cast<std::size_t>(std::min(kPiece, size - i * kPiece))));
  });
  formats::MeasuredAmax result;
  for (const formats::MeasuredAmax& part : parts) result += part;
  return result;
}

/// A round over many values, whose parts are counted side by side.
Round count_shared(const Binning& binning, std::span<const float> x) {
  constexpr std::size_t kParts = 16;  // counts of a part take up to half a MiB
  const std::size_t pieces = (x.size() + kPiece - 1) / kPiece;
  const std::size_t size = std::max<std::size_t>(1, (pieces + kParts - 1) / kParts) * kPiece;
  const std::size_t parts = std::max<std::size_t>(1, (x.size() + size - 1) / size);
  std::vector<Round> rounds(parts);
  machine::share(static_cast<std::int64_t>(parts), kCountEach * static_cast<double>(size), [&](std::int64_t i) {
    const std::size_t first = static_cast<std::size_t>(i) * size;
    rounds[static_cast<std::size_t>(i)] = count(binning, x.subspan(first, std::min(size, x.size() - first)));
  });
  for (std::size_t i = 1; i < parts; ++i) rounds.front() += rounds[i];
  return std::move(rounds.front());
}

}  // namespace

void observe_rows(const Matrix& x, std::int64_t first, std::int64_t last, formats::MeasuredAmax* amaxes) {
  const BlockGrid& grid = x.grid;
  for (std::int64_t row = first; row < last; ++row) {
    formats::MeasuredAmax* of_row = amaxes + (row / grid.block_rows - first / grid.block_rows) * grid.across();
    std::int64_t done = 0;  // blocks
    if (x.values.type() == formats::quantize_kernel::Source::fp32 && grid.block_columns >= kFew) {
      done = grid.columns / grid.block_columns;
      const formats::Values whole = x.part(row, 0, done * grid.block_columns);
      formats::add_amax_of_runs({static_cast<const float*>(whole.data()), whole.size()},
                                static_cast<std::size_t>(grid.block_columns), {of_row, static_cast<std::size_t>(done)});
    }
    for_segments(grid, [&](std::int64_t block, std::int64_t column, std::int64_t width) {
      if (block >= done) of_row[block] += amax_of(x.part(row, column, width));
    });
  }
}

Observations observe(const Matrix& x) {
  const BlockGrid& grid = x.grid;
  Observations result;
  result.amaxes.resize(static_cast<std::size_t>(x.scales));
  if (x.scales <= 1) {
    result.tensor = amax_of_all(x.values);
    for (formats::MeasuredAmax& amax : result.amaxes) amax = result.tensor;
    return result;
  }
  if (bands_hold_whole_blocks(grid)) {
    for_bands(grid, kAmaxEach, [&](std::int64_t, std::int64_t first, std::int64_t last) {
      observe_rows(x, first, last, result.amaxes.data() + first / grid.block_rows * grid.across());
    });
  } else {
    // Tall blocks: each band has amaxes of its own for the rows of blocks that it crosses, two at most.
    const std::int64_t rows = band_rows(grid);
    const auto across = static_cast<std::size_t>(grid.across());
    std::vector<std::vector<formats::MeasuredAmax>> parts(static_cast<std::size_t>((grid.rows + rows - 1) / rows));
    for_bands(grid, kAmaxEach, [&](std::int64_t band, std::int64_t first, std::int64_t last) {
      auto& part = parts[static_cast<std::size_t>(band)];
      part.resize(across * static_cast<std::size_t>((last - 1) / grid.block_rows - first / grid.block_rows + 1));
      observe_rows(x, first, last, part.data());
    });
    for (std::size_t band = 0; band < parts.size(); ++band) {
      const std::size_t at =
          across * static_cast<std::size_t>(static_cast<std::int64_t>(band) * rows / grid.block_rows);
      for (std::size_t i = 0; i < parts[band].size(); ++i) result.amaxes[at + i] += parts[band][i];
    }
  }
  for (const formats::MeasuredAmax& amax : result.amaxes) result.tensor += amax;
  return result;
}

void merge(Observations& into, const Observations& other) {
  assert(into.amaxes.size() == other.amaxes.size() && into.rounds.empty() && other.rounds.empty());
  into.tensor += other.tensor;
  for (std::size_t i = 0; i < into.amaxes.size(); ++i) into.amaxes[i] += other.amaxes[i];
  into.merged += other.merged;
}

std::vector<std::optional<Round>> next_round(const Matrix& x, const Policy& policy, const Observations& seen) {
  if (needs(policy) != Needs::rounds) return {};
  std::vector<std::optional<Round>> result(seen.amaxes.size());
  std::vector<std::uint8_t> wanted(seen.amaxes.size());
  const auto count_block = [&](std::size_t i) {
    const Observation observed = observation_of(seen, x.grid, i);
    const std::optional<Binning> binning = next(policy, observed);
    if (!binning) return;
    std::vector<float> storage;
    const std::span<const float> values = block_values(x, BlockPlace(x.grid, static_cast<std::int64_t>(i)), storage);
    result[i] = seen.amaxes.size() == 1 ? count_shared(*binning, values) : count(*binning, values);
    wanted[i] = 1;
  };
  if (seen.amaxes.size() == 1) {
    count_block(0);  // which shares its values
  } else {
    const double each = kCountEach * static_cast<double>(x.grid.block_rows * x.grid.block_columns);
    machine::share(static_cast<std::int64_t>(result.size()), each,
                   [&](std::int64_t i) { count_block(static_cast<std::size_t>(i)); });
  }
  if (std::none_of(wanted.begin(), wanted.end(), [](std::uint8_t each) { return each != 0; })) return {};
  return result;
}

void merge(std::vector<std::optional<Round>>& into, const std::vector<std::optional<Round>>& other) {
  assert(into.size() == other.size());
  for (std::size_t i = 0; i < into.size(); ++i)
    if (into[i] && other[i]) *into[i] += *other[i];
}

void add_round(Observations& seen, std::vector<std::optional<Round>> round) {
  seen.rounds.resize(seen.amaxes.size());
  for (std::size_t i = 0; i < round.size(); ++i)
    if (round[i]) seen.rounds[i].push_back(std::move(*round[i]));
}

Observations observe_all(const Matrix& x, const Policy& policy) {
  Observations seen = observe(x);
  for (auto round = next_round(x, policy, seen); !round.empty(); round = next_round(x, policy, seen))
    add_round(seen, std::move(round));
  return seen;
}

Observation observation_of(const Observations& seen, const BlockGrid& grid, std::size_t i) {
  Observation result{seen.amaxes[i], seen.tensor};
  if (seen.rounds.empty()) return result;
  result.rounds = seen.rounds[i];
  result.elements = seen.merged * static_cast<std::uint64_t>(BlockPlace(grid, static_cast<std::int64_t>(i)).size());
  return result;
}

}  // namespace octavo::scaling
