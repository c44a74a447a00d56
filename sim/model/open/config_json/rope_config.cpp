// RoPE's base and scaling in config.json.
#include "sim/model/open/config_json/rope_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::model {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(fmt::format("{}: {}", messages::printable(where), why));
}

constexpr std::string_view kAlways[]{"rope_theta", "rope_type", "type", "partial_rotary_factor"};
constexpr std::string_view kLlama3[]{"factor", "low_freq_factor", "high_freq_factor",
                                     "original_max_position_embeddings"};

/// Every key that is not null must be understood: a factor that is passed over would be another model's.
void check_keys(const nlohmann::json& object, std::string_view name, const std::string& type,
                std::span<const std::string_view> more, const std::string& where) {
  for (const auto& [key, value] : object.items()) {
    const bool known = std::find(std::begin(kAlways), std::end(kAlways), key) != std::end(kAlways) ||
                       std::find(more.begin(), more.end(), key) != more.end();
    if (value.is_null() || known) continue;
    refuse(where, fmt::format("key {} of {} is not understood with the type {}; if it changes nothing, take it out",
                              messages::printable(key), name, messages::printable(type)));
  }
}

void check_not_nested(const nlohmann::json& object, std::string_view name, const std::string& where) {
  for (const auto& [key, value] : object.items())
    if (value.is_object())
      refuse(where, fmt::format("{} keeps parameters for {} alone; RoPE that differs by layer is not implemented", name,
                                messages::printable(key)));
}

std::string type_of(const file::JsonObject& rope, std::string_view name, const std::string& where) {
  const auto type = rope.text("rope_type");
  const auto old = rope.text("type");
  if (type && old && *type != *old)
    refuse(where,
           fmt::format("{} names two types, {} and {}", name, messages::printable(*type), messages::printable(*old)));
  return type.value_or(old.value_or("default"));
}

nn::RopeScaling read_scaling(const nlohmann::json& object, std::string_view name, const std::string& where) {
  const file::JsonObject rope(object, where);
  check_not_nested(object, name, where);
  const std::string type = type_of(rope, name, where);
  if (type == "default") {
    check_keys(object, name, type, {}, where);
    return {};
  }
  if (type == "linear") {
    check_keys(object, name, type, std::span(kLlama3).first(1), where);
    return {.kind = nn::RopeScaling::Kind::linear, .factor = rope.required_number("factor")};
  }
  if (type != "llama3") {
    refuse(where, fmt::format("RoPE scaling {} is not implemented, only linear and llama3", messages::printable(type)));
  }
  check_keys(object, name, type, kLlama3, where);
  return {.kind = nn::RopeScaling::Kind::llama3,
          .factor = rope.required_number("factor"),
          .low_frequency_factor = rope.required_number("low_freq_factor"),
          .high_frequency_factor = rope.required_number("high_freq_factor"),
          .original_context = rope.required_number("original_max_position_embeddings")};
}

void check_whole(const file::JsonObject& object, const std::string& where) {
  if (object.number("partial_rotary_factor").value_or(1.0) != 1.0) refuse(where, "partial RoPE is not implemented");
}

}  // namespace

void read_rope(const file::JsonObject& config, const std::string& where, Config& c) {
  check_whole(config, where);
  const auto base = config.number("rope_theta");
  c.rope_theta = base.value_or(10000.0);
  const nlohmann::json* const parameters = config.find("rope_parameters");
  const nlohmann::json* const scaling = config.find("rope_scaling");
  if (parameters != nullptr && scaling != nullptr && *parameters != *scaling)
    refuse(where, "rope_parameters and rope_scaling contradict each other; leave the one that holds");
  const nlohmann::json* const object = parameters != nullptr ? parameters : scaling;
  if (object == nullptr) return;
  const std::string_view name = parameters != nullptr ? "rope_parameters" : "rope_scaling";
  const file::JsonObject rope(*object, where);
  c.rope_scaling = read_scaling(*object, name, where);
  check_whole(rope, where);
  const auto own = rope.number("rope_theta");
  if (parameters != nullptr && !own && !base)
    refuse(where, "rope_parameters has no rope_theta, and there is none beside it");
  c.rope_theta = own.value_or(c.rope_theta);
}

}  // namespace octavo::sim::model
