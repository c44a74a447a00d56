// The case families as a table.
#include <fmt/format.h>

#include <algorithm>

#include "experiments/capture/families/call_families.h"
#include "experiments/capture/families/conversion_families.h"
#include "experiments/capture/families/instruction_families.h"
#include "experiments/capture/families/library_families.h"
#include "experiments/capture/families/places.h"
#include "experiments/capture/families/plan.h"
#include "experiments/capture/families/rows/directed_rows.h"
#include "messages/error.h"
#include "messages/suggestion.h"

namespace octavo::experiments::capture {
namespace {

template <std::vector<DotRow> (*Rows)(const Types&)>
std::vector<Plan> directed(const Family& family, const Request& request) {
  return directed_rows(family, request, Rows);
}

}  // namespace

const std::vector<Family>& families() {
  static const std::vector<Family> all{
      {"C1", "conversions: rounding, saturation, NaN, both halves of a pair, relu", conversions},
      {"C2", "conversions of every f32, by digests", every_conversion},
      {"P1", "places: whole tiles whose results name them, for every N and form", named_places},
      {"W1", "whether a zero product takes part in the choice of the exponent", directed<zero_products>},
      {"W2", "with which exponent a subnormal operand is aligned", directed<subnormal_operands>},
      {"W3", "bits kept at alignment, truncation of each term, the place of c", directed<ladder>},
      {"W4", "what becomes of c alone", directed<lone_addend>},
      {"W5", "rounding of the sum", directed<dropped_bits>},
      {"W6", "width of the sum", directed<carries>},
      {"W7", "sign of a sum that is zero", directed<zero_sums>},
      {"W8", "NaN, infinities and their bits", directed<specials>},
      {"W9", "whether an accumulator that is to be ignored is", ignored_addend},
      {"W10", "f16 sums: ties, underflow and its sign, overflow", directed<f16_edges>},
      {"W11", "order along K, N, A in registers, negation", every_form},
      {"W13", "random operands, six distributions", random_wgmma},
      {"M", "random operands through mma.sync", random_mma},
      {"K6", "sparse wgmma: which terms, and one sum of 32 with c", sparse_wgmma},
      {"K8", "chained instructions and promotion", chained_products},
      {"L1", "the library's summation tree", library_tree_probes},
      {"L2", "after how many elements of K the library promotes", library_promotion},
      {"L3", "the library over shapes", library_shapes},
      {"L4", "the order in which parts of a split K meet", library_split_k},
      {"L5", "the library's epilogue: order of scales, bias and C, types, -0, amax", library_epilogue},
      {"L6", "the library's scales by row and by block of K", library_scale_modes},
      {"L7", "the library's other algorithms for one product", library_algorithms},
  };
  return all;
}

std::vector<Family> families(const std::vector<std::string>& ids) {
  if (ids.empty()) return families();
  std::vector<Family> chosen;
  std::vector<std::string_view> names;
  for (const Family& family : families()) names.push_back(family.id);
  for (const std::string& id : ids) {
    const auto found = std::ranges::find(families(), std::string_view(id), &Family::id);
    if (found == families().end())
      throw Error(fmt::format("family '{}' is unknown; {}", id.substr(0, 40),
                              messages::suggestion(id, names, "octavo capture --list shows them")));
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace octavo::experiments::capture
