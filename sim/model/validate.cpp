// The limits that a model's numbers must keep, whichever file they come from.
#include "sim/model/validate.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::model {
namespace {

void require(bool holds, const std::string& where, std::string_view what) {
  if (!holds)
    throw Error(fmt::format("{}: {}; the file is damaged or of another kind", messages::printable(where), what));
}

void check_size(const std::string& where, std::string_view what, std::int64_t value, std::int64_t limit) {
  require(value >= 1 && value <= limit, where, fmt::format("{} = {} is outside 1..{}", what, value, limit));
}

void check_positive(const std::string& where, std::string_view what, double value) {
  require(std::isfinite(value) && value > 0, where, fmt::format("{} = {} is not positive and finite", what, value));
}

}  // namespace

void validate(const Config& config, const std::string& where) {
  check_size(where, "layers", config.layers, 1 << 12);
  check_size(where, "width", config.width, 1 << 20);
  check_size(where, "heads", config.heads, 1 << 14);
  check_size(where, "key-value heads", config.kv_heads, 1 << 14);
  check_size(where, "head width", config.head_width, 1 << 14);
  check_size(where, "hidden width", config.hidden, 1 << 22);
  check_size(where, "vocabulary", config.vocabulary, 1 << 24);
  check_size(where, "context", config.context, 1 << 26);
  check_positive(where, "norm epsilon", config.norm_epsilon);
  require(config.heads % config.kv_heads == 0, where,
          fmt::format("{} heads are not a multiple of {} key-value heads", config.heads, config.kv_heads));
  if (config.family == Family::gpt) {
    require(config.heads * config.head_width == config.width && config.kv_heads == config.heads, where,
            fmt::format("{} heads of width {} do not make up width {}", config.heads, config.head_width, config.width));
    return;
  }
  require(config.head_width % 2 == 0, where, fmt::format("head width {} is odd, RoPE needs pairs", config.head_width));
  check_positive(where, "rope theta", config.rope_theta);
  const nn::RopeScaling& scaling = config.rope_scaling;
  if (scaling.kind != nn::RopeScaling::Kind::none) check_positive(where, "rope scaling factor", scaling.factor);
  if (scaling.kind == nn::RopeScaling::Kind::llama3) {
    check_positive(where, "rope low-frequency factor", scaling.low_frequency_factor);
    check_positive(where, "rope original context", scaling.original_context);
    require(
        std::isfinite(scaling.high_frequency_factor) && scaling.high_frequency_factor > scaling.low_frequency_factor,
        where, "rope high-frequency factor is not above the low-frequency factor");
  }
}

}  // namespace octavo::sim::model
