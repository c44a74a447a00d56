// The table of engines.
#include "sim/gemm/engines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "formats/error.h"
#include "sim/gemm/eigen.h"
#include "sim/gemm/fp32.h"
#include "sim/gemm/fp64.h"

namespace octavo::sim::gemm {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Engine> (*make)();
};

constexpr std::array engines{Entry{"fp32", make_fp32}, Entry{"fp64", make_fp64}, Entry{"eigen", make_eigen}};

/// Fewest characters to insert, delete or replace that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string_view> engine_names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : engines) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Engine> make_engine(std::string_view name) {
  const auto distance = [&](const Entry& entry) { return edit_distance(name, entry.name); };
  const Entry& nearest = *std::ranges::min_element(engines, {}, distance);
  if (nearest.name == name) return nearest.make();
  throw Error(fmt::format("engine \"{}\" is unknown; did you mean \"{}\"? Engines: {}", name, nearest.name,
                          fmt::join(engine_names(), ", ")));
}

}  // namespace octavo::sim::gemm
