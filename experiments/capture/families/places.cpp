// Names of places as sums of five products.
#include "experiments/capture/families/places.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "experiments/capture/families/forms.h"

namespace octavo::experiments::capture {
namespace {

constexpr int kTerms = 5;
using Terms = std::array<double, kTerms>;

/// Row i, by its number r: (r mod 8), 8 (r / 8), and ones for what the column adds. r is not i, so that neighbours are
/// many units apart, also where a unit is the last bit of f16.
Terms of_row(int i) {
  const int r = i * 37 % 64;
  return {static_cast<double>(r % 8), static_cast<double>(r / 8 * 8), 128, 64, 64};
}

/// Column j by its number q: sign and binade of the name, and 1024 + 64 (q mod 16).
Terms of_column(int j) {
  const int q = j * 37 % 256;
  const double unit = std::ldexp(q / 128 == 0 ? 1.0 : -1.0, q / 16 % 8 - 4);
  return {unit, unit, 8 * unit, q % 8 * unit, q / 8 % 2 * 8 * unit};
}

}  // namespace

store::ProductCase place_names(const Types& types, int rows, int columns, int depth, Random& random) {
  std::vector<std::size_t> order(static_cast<std::size_t>(depth));
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  for (std::size_t k = 0; k < kTerms; ++k) std::swap(order[k], order[k + below(random, order.size() - k)]);
  store::ProductCase data;
  data.a_format = types.a == formats::e4m3 ? "e4m3" : "e5m2";
  data.b_format = types.b == formats::e4m3 ? "e4m3" : "e5m2";
  data.layout = store::CaseLayout::gemm;
  data.a_rows = rows;
  data.b_rows = columns;
  data.depth = depth;
  const auto fill = [&](std::vector<std::uint8_t>& codes, const formats::Spec& format, int count, auto terms_of) {
    codes.assign(static_cast<std::size_t>(count * depth), 0);
    for (int i = 0; i < count; ++i) {
      const Terms terms = terms_of(i);
      for (std::size_t k = 0; k < kTerms; ++k)
        codes[static_cast<std::size_t>(i * depth) + order[k]] = code_of(format, terms[k]);
    }
  };
  fill(data.a, types.a, rows, of_row);
  fill(data.b, types.b, columns, of_column);
  // Ones where a is zero: an operand that lies at another place of K than the other's meets them.
  for (std::size_t j = 0; j < static_cast<std::size_t>(columns); ++j)
    for (std::size_t k = kTerms; k < order.size(); ++k) data.b[j * order.size() + order[k]] = code_of(types.b, 1.0);
  data.d = {types.f32() ? 32 : 16, std::vector<std::uint32_t>(static_cast<std::size_t>(rows * columns))};
  return data;
}

std::vector<Plan> named_places(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  const auto add = [&](const std::string& name, const std::string& operation, const Types& types, int rows, int depth,
                       const Form& form) {
    const std::string id = fmt::format("{}.{}", family.id, name);
    Random random = random_of(request.seed, id);
    plans.push_back(
        {std::string(family.id), form, {id, operation, {}, place_names(types, rows, form.columns, depth, random)}});
  };
  const std::vector<Form> forms = wgmma_forms();
  for (const Types& types : every_type()) {
    for (std::size_t i = 0; i < forms.size(); ++i)
      if (has_form(types, forms[i]))
        add(fmt::format("{}.form{}", types.suffix(), i), "wgmma.m64n8k32." + types.suffix(), types, 64, 32, forms[i]);
    for (const int depth : {32, 16})
      add(fmt::format("{}.{}.k{}", request.target, types.suffix(), depth),
          fmt::format("mma.m16n8k{}.{}.{}", depth, types.suffix(), request.target), types, 16, depth, {});
  }
  return plans;
}

}  // namespace octavo::experiments::capture
