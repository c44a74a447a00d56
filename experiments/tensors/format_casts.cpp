// Formats by name, and the policies of each.
#include "experiments/tensors/format_casts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "formats/block.h"
#include "formats/catalog.h"
#include "messages/error.h"
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
    const auto blocks = formats::block_catalog();
    const auto block =
        std::find_if(blocks.begin(), blocks.end(), [&](const auto& entry) { return entry.name == text; });
    if (block != blocks.end()) {
      const scaling::Cast cast = scaling::cast_of(block->format);
      result.policies.push_back({text, scaling::to_text(scaling::Scaling{cast.scaling, cast.granularity}), cast});
      continue;
    }
    const formats::Spec format = formats::spec(text);
    if (format.bits() > 8 || !format.has_sign || !format.has_zero)
      throw Error(fmt::format("--format {}: give a signed format of at most 8 bits, or a block format", text));
    result.curves.push_back({formats::name(format), kCurve, {format, scaling::Cscale{}}});
    for (const scaling::Policy& policy : {scaling::Policy(scaling::Amax{}), scaling::Policy(scaling::Current{}),
                                          scaling::Policy(scaling::LeastError{})})
      result.policies.push_back({formats::name(format), scaling::to_text(scaling::Scaling{policy}), {format, policy}});
  }
  return result;
}

}  // namespace octavo::experiments
