// A tiny training run: random text with structure to learn, both families, the three recipes of the golden traces.
#pragma once

#include <string>
#include <vector>

#include "sim/model/initialise.h"
#include "sim/train/trainer.h"
#include "tests/shared_data.h"

namespace octavo::sim::train {

/// Sizes that are no multiple of a vector's width; large enough for loops to be shared among threads.
inline model::Config small_config(model::Family family) {
  model::Config c;
  c.family = family;
  c.layers = 2;
  c.width = 72;
  c.heads = 6;
  c.kv_heads = family == model::Family::gpt ? 6 : 3;
  c.head_width = 12;
  c.hidden = 200;
  c.vocabulary = 61;
  c.context = 100;
  c.activation = family == model::Family::gpt ? model::Activation::gelu_tanh : model::Activation::silu;
  c.tied_head = family == model::Family::gpt;
  return c;
}

/// Sequences in which each token mostly follows from the one before.
inline std::vector<text::Window> small_text(int count, std::int64_t length = 90) {
  std::vector<text::Window> windows;
  std::uint64_t counter = 0;
  for (int i = 0; i < count; ++i) {
    text::Window& window = windows.emplace_back();
    std::int32_t token = i % 61;
    for (std::int64_t t = 0; t < length; ++t) {
      window.input.push_back(token);
      const std::uint64_t bits = nn::hash(5, counter++);
      token = static_cast<std::int32_t>(bits % 4 == 0 ? bits / 4 % 61 : static_cast<std::uint64_t>(token) * 7 % 61);
      window.target.push_back(token);
    }
  }
  return windows;
}

inline Settings small_settings() {
  Settings settings;
  settings.steps = 10;
  settings.batch = 4;
  settings.accumulation = 2;
  settings.learning_rate = 0.01;
  settings.schedule = Schedule::cosine;
  settings.warmup = 2;
  settings.weight_decay = 0.1;
  settings.clip = 1.0;
  settings.dropout = 0.1;
  return settings;
}

inline scaling::Recipe small_recipe(const std::string& name) {
  using scaling::Cast;
  if (name == "fp32") return scaling::uncast(scaling::Baseline::fp32);
  if (name == "delayed") return scaling::read_recipe(OCTAVO_SOURCE "/recipes/hybrid-delayed.toml");
  if (name == "delayed-by-pass") {
    scaling::Recipe recipe = small_recipe("delayed");
    for (auto& cast : recipe.rule.casts)
      std::get<scaling::Delayed>(cast->scaling).advances = scaling::Advance::micro_batch;
    return recipe;
  }
  scaling::Recipe recipe = scaling::default_recipe();
  if (name == "cscale")
    recipe.rule.casts = {Cast{formats::e4m3, scaling::Cscale{3}}, Cast{formats::e4m3, scaling::Cscale{1}},
                         Cast{formats::e5m2, scaling::Cscale{12}}};
  if (name == "fp16")
    recipe = scaling::parse_recipe(R"(baseline = "fp16"
[cast]
weight     = { format = "e4m3fnuz", scaling = "amax" }
activation = { format = "e4m3fnuz", scaling = "amax" }
gradient   = { format = "e5m2fnuz", scaling = { amax = { margin = 3 } } })",
                                   "fp16");
  if (name == "hopper") {
    recipe.rule.gemm.engine = "hopper-wgmma";
    recipe.rule.gemm.promotion = {0, 128, 128};
  }
  return recipe;
}

inline Trainer small_trainer(model::Family family, const std::string& recipe,
                             const Settings& settings = small_settings()) {
  return {model::initialise(small_config(family), 7, "small"), settings, small_recipe(recipe), small_text(20)};
}

}  // namespace octavo::sim::train
