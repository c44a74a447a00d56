// What an optimizer keeps from step to step: a list of tensors, each in a format of its own.
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "sim/train/step/parameters.h"

namespace octavo::sim::train {

/// The numbers of one tensor in the format that they are kept in, which is the alternative: binary32. Codes with their
/// scale are another one; who computes with the numbers, counts their bytes or writes them visits all.
using KeptNumbers = std::variant<std::vector<float>>;

/// AdamW's moments of one parameter tensor. Whoever holds them updates that parameter.
struct OptimizerTensor {
  std::size_t parameter = 0;  ///< which of Parameters::slots
  KeptNumbers first;
  KeptNumbers second;

  bool operator==(const OptimizerTensor&) const = default;
};

/// Zeros for every parameter, in their order.
std::vector<OptimizerTensor> fresh_optimizer(const std::vector<Slot>& slots);

/// How many numbers there are.
std::size_t count(const KeptNumbers& numbers);

}  // namespace octavo::sim::train
