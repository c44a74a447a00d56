// Cases of whole products.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/capture/families/plan.h"
#include "experiments/capture/families/rows/dot_rows.h"

namespace octavo::experiments::capture {

struct Size {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
};

/// `value` gives the next element, which lies at k.
template <class ValueOf>
store::ProductCase gemm_case(const Types& types, const Size& size, const ValueOf& value) {
  store::ProductCase data;
  data.a_format = types.a == formats::e4m3 ? "e4m3" : "e5m2";
  data.b_format = types.b == formats::e4m3 ? "e4m3" : "e5m2";
  data.layout = store::CaseLayout::gemm;
  data.a_rows = size.m;
  data.b_rows = size.n;
  data.depth = size.k;
  for (std::int64_t i = 0; i < size.m * size.k; ++i) data.a.push_back(code_of(types.a, value(i % size.k)));
  for (std::int64_t i = 0; i < size.n * size.k; ++i) data.b.push_back(code_of(types.b, value(i % size.k)));
  data.d = {32, std::vector<std::uint32_t>(static_cast<std::size_t>(size.m * size.n))};
  return data;
}

/// Called FAMILY.id.
Plan library_plan(const Family& family, const std::string& id, const std::string& operation, store::ProductCase data);

/// Extents of a product with about `count` results, multiples of 16.
std::int64_t side(const Request& request);

/// Of a request for few results.
bool is_small(const Request& request);

}  // namespace octavo::experiments::capture
