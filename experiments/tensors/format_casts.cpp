// Formats by name, and the policies of each.
#include "experiments/tensors/format_casts.h"

#include <array>

#include "formats/catalog.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::experiments {

namespace {

constexpr std::array kUsualFormats{"e4m3",       "e5m2",       "e4m3fnuz", "e5m2fnuz", "e3m4", "int8",
                                   "mxfp8-e4m3", "mxfp8-e5m2", "mxint8",   "mxfp4",    "nvfp4"};

}  // namespace

Casts casts_of(std::vector<std::string> formats) {
  if (formats.empty()) formats.assign(kUsualFormats.begin(), kUsualFormats.end());
  Casts result;
  for (const std::string& text : formats) {
    if (auto block = block_cast(text)) {
      result.policies.push_back(*std::move(block));
      continue;
    }
    const formats::Spec format = cast_format(text, "--format");
    result.curves.push_back({formats::name(format), kCurve, {format, scaling::Cscale{}}});
    for (const scaling::Policy& policy : {scaling::Policy(scaling::Amax{}), scaling::Policy(scaling::Current{}),
                                          scaling::Policy(scaling::LeastError{})})
      result.policies.push_back({formats::name(format), scaling::to_text(scaling::Scaling{policy}), {format, policy}});
  }
  return result;
}

}  // namespace octavo::experiments
