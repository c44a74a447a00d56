// Selecting the terms of sparse products.
#include "experiments/replay/selection.h"

#include <fmt/format.h>

#include "messages/error.h"

namespace octavo::experiments::replay {

store::ProductCase selected_terms(const store::ProductCase& data) {
  if (data.selected.empty())
    throw Error("it has no dataset 'selected', which a sparse operation needs; see CASES.h5 in docs/hdf5-schema.md");
  store::ProductCase terms = data;
  terms.selected.clear();
  terms.depth = data.depth / 2;
  terms.a.clear();
  terms.b.clear();
  for (std::size_t group = 0; group < data.selected.size(); ++group) {
    const std::uint8_t selection = data.selected[group];
    const std::size_t first = selection & 3u;
    const std::size_t second = selection >> 2;
    if (second > 3 || first >= second)
      throw Error(
          fmt::format("selected holds 0x{:02x} at {}; two different places of four, the lower one first, are "
                      "0x4, 0x8, 0xc, 0x9, 0xd and 0xe",
                      selection, group));
    for (std::size_t i = 0; i < 4; ++i)
      if (i != first && i != second && data.a[4 * group + i] != 0)
        throw Error(
            fmt::format("a holds 0x{:02x} at element {}, which is not selected", data.a[4 * group + i], 4 * group + i));
    for (const std::size_t at : {4 * group + first, 4 * group + second}) {
      terms.a.push_back(data.a[at]);
      terms.b.push_back(data.b[at]);
    }
  }
  return terms;
}

}  // namespace octavo::experiments::replay
