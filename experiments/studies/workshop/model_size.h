// The family of models that the studies train: GPTs and Llamas over bytes, from 50 thousand to 3 million parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/config.h"

namespace octavo::experiments::studies {

struct ModelSize {
  std::string name;  ///< "gpt-50k"
  sim::model::Config config;
  std::int64_t pretraining_steps = 0;
  std::int64_t fine_tuning_steps = 0;
  double learning_rate = 0.0;  ///< the largest, of all its trainings
};

/// What a study is done on: `tiny` is for tests, `standard` the two smallest sizes, `paper` all four.
enum class Scale : std::uint8_t { tiny, standard, paper };

/// The sizes of a family, smallest first.
std::vector<ModelSize> model_sizes(sim::model::Family family, Scale scale);

}  // namespace octavo::experiments::studies
