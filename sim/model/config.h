// What a decoder-only transformer looks like: the numbers every reader fills in and every model obeys.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/nn/rope_scaling.h"

namespace octavo::sim::model {

enum class Family : std::uint8_t { gpt, llama };
enum class Activation : std::uint8_t { gelu_tanh, gelu_erf, silu };

struct Config {
  Family family = Family::llama;
  std::int64_t layers = 0;
  std::int64_t width = 0;     ///< C, channels of the residual stream
  std::int64_t heads = 0;     ///< H
  std::int64_t kv_heads = 0;  ///< divides heads; equal to it in GPT
  std::int64_t head_width = 0;
  std::int64_t hidden = 0;  ///< width of the MLP's inner layer
  std::int64_t vocabulary = 0;
  std::int64_t context = 0;  ///< largest number of positions
  double norm_epsilon = 1e-5;
  double rope_theta = 10000.0;  ///< Llama only
  nn::RopeScaling rope_scaling{};
  Activation activation = Activation::silu;
  bool tied_head = true;  ///< the head's matrix is the token embedding

  constexpr bool operator==(const Config&) const = default;
};

/// The linear layers of a decoder; the names recipes and files use are attention.{qkv,q,k,v,out}, mlp.{up,gate,down}.
enum class Kind : std::uint8_t {
  attention_qkv,
  attention_q,
  attention_k,
  attention_v,
  attention_out,
  mlp_up,
  mlp_gate,
  mlp_down
};
inline constexpr int kKindCount = 8;

constexpr std::string_view name(Kind kind) {
  constexpr std::array<std::string_view, kKindCount> names{"attention.qkv", "attention.q", "attention.k", "attention.v",
                                                           "attention.out", "mlp.up",      "mlp.gate",    "mlp.down"};
  return names[static_cast<std::size_t>(kind)];
}

inline constexpr std::array gpt_kinds{Kind::attention_qkv, Kind::attention_out, Kind::mlp_up, Kind::mlp_down};
inline constexpr std::array llama_kinds{Kind::attention_q, Kind::attention_k, Kind::attention_v, Kind::attention_out,
                                        Kind::mlp_gate,    Kind::mlp_up,      Kind::mlp_down};

/// The kinds a family has, in the order in which a decoder uses them.
constexpr std::span<const Kind> kinds(Family family) {
  return family == Family::gpt ? std::span<const Kind>(gpt_kinds) : std::span<const Kind>(llama_kinds);
}

}  // namespace octavo::sim::model
