// Planned conversions.
#include "experiments/capture/families/conversion_families.h"

#include <fmt/format.h>

#include "experiments/capture/families/gemm_case.h"
#include "experiments/capture/families/rows/random_rows.h"

namespace octavo::experiments::capture {

std::vector<Plan> conversions(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  const auto add = [&](const std::string& operation, int in_bits, int out_bits, std::vector<std::uint32_t> inputs) {
    for (const bool high : {false, true}) {
      store::ConversionCase data{{in_bits, inputs}, {out_bits, std::vector<std::uint32_t>(inputs.size())}};
      plans.push_back({std::string(family.id),
                       {.high_lane = high},
                       {fmt::format("{}.{}.{}", family.id, operation, high ? "high" : "low"), operation, {}, data}});
    }
  };
  for (const char* relu : {"", ".relu"}) {
    for (const formats::Spec& format : {formats::e4m3, formats::e5m2}) {
      const char* name = format == formats::e4m3 ? "e4m3" : "e5m2";
      Random random = random_of(request.seed, fmt::format("{}{}{}", family.id, relu, name));
      add(fmt::format("cvt.rn.satfinite{}.{}x2.f32", relu, name), 32, 8,
          conversion_inputs(format, request.count, random));
      add(fmt::format("cvt.rn.satfinite{}.{}x2.f16x2", relu, name), 16, 8, every_bits(16, request.count * 16, random));
      add(fmt::format("cvt.rn{}.f16x2.{}x2", relu, name), 8, 16, every_bits(8, 256, random));
    }
  }
  return plans;
}

std::vector<Plan> every_conversion(const Family& family, const Request& request) {
  std::vector<Plan> plans;
  for (const char* relu : {"", ".relu"}) {
    for (const char* name : {"e4m3", "e5m2"}) {
      const std::string operation = fmt::format("cvt.rn.satfinite{}.{}x2.f32", relu, name);
      Random random = random_of(request.seed, std::string(family.id) + operation);
      const std::vector<std::uint32_t> uppers = every_bits(16, is_small(request) ? request.count : 65536, random);
      for (const bool high : {false, true}) {
        store::ConversionCase data{{16, uppers}, {32, std::vector<std::uint32_t>(uppers.size())}, true};
        plans.push_back({std::string(family.id),
                         {.high_lane = high},
                         {fmt::format("{}.{}.{}", family.id, operation, high ? "high" : "low"), operation, {}, data}});
      }
    }
  }
  return plans;
}

}  // namespace octavo::experiments::capture
