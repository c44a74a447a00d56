// Casts by name.
#include "experiments/tensors/cast/named_cast.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "formats/block.h"
#include "formats/catalog.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "messages/suggestion.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::experiments {
namespace {

/// Formats and block formats together: what a flag may name.
formats::Spec known(const std::string& name) {
  try {
    return formats::spec(name);
  } catch (const Error& error) {
    if (std::string_view(error.what()).find("did you mean") != std::string_view::npos) throw;  // an element is nearer
    std::vector<std::string_view> blocks;
    for (const formats::BlockCatalogEntry& entry : formats::block_catalog()) blocks.push_back(entry.name);
    const std::vector<std::string_view> near = messages::near(name, blocks);
    if (near.empty()) throw;
    throw Error(
        fmt::format("unknown format {}; did you mean '{}'?", messages::printable(name), fmt::join(near, "' or '")));
  }
}

}  // namespace

std::optional<NamedCast> block_cast(const std::string& name) {
  const formats::BlockCatalogEntry* block = formats::find_block_format(name);
  if (block == nullptr) return std::nullopt;
  const scaling::Cast cast = scaling::cast_of(block->format);
  return NamedCast{std::string(block->name), scaling::to_text(scaling::Scaling{cast.scaling, cast.granularity}), cast};
}

formats::Spec cast_format(const std::string& name, const std::string& flag) {
  const formats::Spec spec = known(name);
  const std::string shown = name.substr(0, 64);
  if (spec.bits() > 8)
    throw Error(fmt::format("{} {}: it has {} bits; casts take at most 8", flag, shown, spec.bits()));
  if (!spec.has_sign || !spec.has_zero)
    throw Error(fmt::format("{} {}: it holds scales, not tensors; try e4m3", flag, shown));
  return spec;
}

std::vector<NamedCast> casts_of(const std::vector<std::string>& formats, const std::vector<std::string>& scalings) {
  if (formats.empty()) throw Error("--format is missing; give one or more, such as --format e4m3,e5m2");
  std::vector<scaling::Scaling> parsed;
  for (const std::string& text : scalings)
    parsed.push_back(scaling::parse_scaling(text, "--scaling " + messages::printable(text)));
  std::vector<NamedCast> casts;
  bool used = parsed.empty();
  for (const std::string& text : formats) {
    if (auto block = block_cast(text)) {
      const scaling::Scaling own{block->cast.scaling, block->cast.granularity};
      used = used || std::ranges::find(parsed, own) != parsed.end();  // said besides: nothing is ignored
      casts.push_back(*std::move(block));
      continue;
    }
    const formats::Spec format = cast_format(text, "--format");
    if (parsed.empty())
      throw Error("--scaling is missing; give one or more, such as --scaling amax,cscale:-3; forms: " +
                  std::string(scaling::scaling_forms()));
    used = true;
    for (const scaling::Scaling& scaling : parsed)
      casts.push_back(
          {formats::name(format), scaling::to_text(scaling), {format, scaling.policy, scaling.granularity}});
  }
  if (!used)
    throw Error(
        fmt::format("--scaling {}: {} is a block format, whose scaling is {} and no other; leave it out, or "
                    "give the element with the scaling: --format {} --scaling {}",
                    scaling::to_text(parsed.front()), casts.front().format, casts.front().scaling,
                    formats::name(casts.front().cast.format), scaling::to_text(parsed.front())));
  return casts;
}

}  // namespace octavo::experiments
