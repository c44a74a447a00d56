// Numbers of steps, batches and rates.
#include "experiments/studies/workshop/settings.h"

#include <fmt/format.h>

#include <type_traits>

namespace octavo::experiments::studies {

using sim::train::Settings;

namespace {

/// What trainings on the text have in common.
Settings on_text(const ModelSize& size, Scale scale, std::int64_t steps, std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.steps = steps;
  settings.batch = scale == Scale::tiny ? 4 : 16;
  settings.learning_rate = size.learning_rate;
  settings.schedule = sim::train::Schedule::cosine;
  settings.beta2 = 0.99;
  settings.weight_decay = 0.1;
  settings.clip = 1.0;
  return settings;
}

}  // namespace

Settings pretraining_settings(const ModelSize& size, Scale scale) {
  Settings settings = on_text(size, scale, size.pretraining_steps, 1);
  settings.warmup = settings.steps / 20;
  return settings;
}

Settings from_scratch_settings(const ModelSize& size, Scale scale, std::uint64_t seed) {
  Settings settings = on_text(size, scale, size.pretraining_steps / 4, seed);
  settings.warmup = settings.steps / 10;
  settings.loss_scaling = sim::train::LossScaling::constant;
  settings.loss_scale = 1024.0;
  return settings;
}

Settings fine_tuning_settings(const ModelSize& size, Scale scale, std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.steps = size.fine_tuning_steps;
  settings.batch = scale == Scale::tiny ? 4 : 32;
  settings.learning_rate = size.learning_rate;
  settings.schedule = sim::train::Schedule::cosine;
  settings.warmup = settings.steps / 10;
  settings.beta2 = 0.99;
  settings.loss_scaling = sim::train::LossScaling::constant;
  settings.loss_scale = 1024.0;
  return settings;
}

std::string text_of(const Settings& settings) {
  std::string text;
  Settings::visit(settings, [&]<class T>(const char* name, const T& member) {
    if constexpr (std::is_enum_v<T>)
      text += fmt::format("{} {}\n", name, static_cast<int>(member));
    else
      text += fmt::format("{} {}\n", name, member);
  });
  return text;
}

}  // namespace octavo::experiments::studies
