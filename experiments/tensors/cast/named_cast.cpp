// Casts by name.
#include "experiments/tensors/cast/named_cast.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/block.h"
#include "formats/catalog.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::experiments {
namespace {

formats::Spec parse_format(const std::string& text) {
  const formats::Spec spec = formats::spec(text);
  if (spec.bits() > 8) throw Error(fmt::format("--format {}: it has {} bits; casts take at most 8", text, spec.bits()));
  if (!spec.has_sign || !spec.has_zero)
    throw Error(fmt::format("--format {}: it holds scales, not tensors; try e4m3", text));
  return spec;
}

}  // namespace

std::vector<NamedCast> casts_of(const std::vector<std::string>& formats, const std::vector<std::string>& scalings) {
  if (formats.empty()) throw Error("--format is missing; give one or more, such as --format e4m3,e5m2");
  std::vector<scaling::Scaling> parsed;
  for (const std::string& text : scalings)
    parsed.push_back(scaling::parse_scaling(text, "--scaling " + messages::printable(text)));
  std::vector<NamedCast> casts;
  for (const std::string& text : formats) {
    const auto blocks = formats::block_catalog();
    const auto block =
        std::find_if(blocks.begin(), blocks.end(), [&](const auto& entry) { return entry.name == text; });
    if (block != blocks.end()) {
      const scaling::Cast cast = scaling::cast_of(block->format);
      casts.push_back({text, scaling::to_text(scaling::Scaling{cast.scaling, cast.granularity}), cast});
      continue;
    }
    const formats::Spec format = parse_format(text);
    if (parsed.empty())
      throw Error("--scaling is missing; give one or more, such as --scaling amax,cscale:-3; forms: " +
                  std::string(scaling::scaling_forms()));
    for (const scaling::Scaling& scaling : parsed)
      casts.push_back(
          {formats::name(format), scaling::to_text(scaling), {format, scaling.policy, scaling.granularity}});
  }
  return casts;
}

}  // namespace octavo::experiments
