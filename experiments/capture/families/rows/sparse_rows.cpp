// Spreading dot products over sparse ones.
#include "experiments/capture/families/rows/sparse_rows.h"

#include "experiments/replay/selection.h"

namespace octavo::experiments::capture {

store::ProductCase spread(const Types& types, const std::vector<DotRow>& rows, Random& random) {
  store::ProductCase data = product_case(types, rows);
  const std::vector<std::uint8_t> a = data.a;
  const std::vector<std::uint8_t> b = data.b;
  data.depth *= 2;
  data.a.assign(2 * a.size(), 0);
  data.b.clear();
  for (std::size_t i = 0; i < 2 * b.size(); ++i) data.b.push_back(random_code(random, types.b, false));
  for (std::size_t group = 0; group < a.size() / 2; ++group) {
    const std::uint8_t selection = replay::kSelections[below(random, replay::kSelections.size())];
    data.selected.push_back(selection);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t at = 4 * group + (i == 0 ? selection & 3u : selection >> 2);
      data.a[at] = a[2 * group + i];
      data.b[at] = b[2 * group + i];
    }
  }
  return data;
}

}  // namespace octavo::experiments::capture
