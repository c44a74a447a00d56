// Whole products as planned cases.
#include "experiments/capture/families/gemm_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace octavo::experiments::capture {

Plan library_plan(const Family& family, const std::string& id, const std::string& operation, store::ProductCase data) {
  return {std::string(family.id), {}, {fmt::format("{}.{}", family.id, id), operation, {}, std::move(data)}};
}

std::int64_t side(const Request& request) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::sqrt(static_cast<double>(request.count))) / 16 * 16,
                                  16, 64);
}

bool is_small(const Request& request) { return request.count < 1000; }

}  // namespace octavo::experiments::capture
