// Operands and results of FPRev probes.
#include "experiments/capture/families/tree_probe.h"

#include <bit>
#include <cmath>

#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {
namespace {

constexpr int kUnitExponent = -20;

}  // namespace

store::ProductCase tree_probe_case(std::span<const TreeProbe> probes, std::int64_t depth) {
  const std::uint8_t a_unit = code_of(formats::e4m3, std::ldexp(1.0, -6));
  const std::uint8_t b_unit = code_of(formats::e5m2, std::ldexp(1.0, -14));
  const std::uint8_t a_large = code_of(formats::e4m3, std::ldexp(1.0, 8));
  const std::uint8_t b_large = code_of(formats::e5m2, std::ldexp(1.0, 15));
  store::ProductCase data;
  data.a_format = "e4m3";
  data.b_format = "e5m2";
  data.layout = store::CaseLayout::dots;
  data.a_rows = data.b_rows = static_cast<std::int64_t>(probes.size());
  data.depth = depth;
  data.a.assign(probes.size() * static_cast<std::size_t>(depth), a_unit);
  data.b.assign(data.a.size(), b_unit);
  data.d = {32, std::vector<std::uint32_t>(probes.size())};
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const std::size_t row = i * static_cast<std::size_t>(depth);
    for (const int place : {probes[i].plus, probes[i].minus}) {
      data.a[row + static_cast<std::size_t>(place)] = a_large;
      data.b[row + static_cast<std::size_t>(place)] = b_large;
    }
    data.a[row + static_cast<std::size_t>(probes[i].minus)] |= 0x80u;
  }
  return data;
}

std::vector<int> surviving_units(std::span<const std::uint32_t> results) {
  std::vector<int> counts;
  for (const std::uint32_t bits : results) {
    const double units = std::ldexp(static_cast<double>(std::bit_cast<float>(bits)), -kUnitExponent);
    const bool whole = units >= 0 && units <= 1 << 24 && units == std::floor(units);
    counts.push_back(whole ? static_cast<int>(units) : -1);
  }
  return counts;
}

}  // namespace octavo::experiments::capture
