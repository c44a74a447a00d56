// What one point of an experiment leaves behind, as plain data; run_group.h lays it out in HDF5.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "experiments/store/run_words.h"
#include "scaling/policy/scale.h"

namespace octavo::experiments::store {

inline constexpr std::size_t kExponentBins = 256;
inline constexpr std::size_t kCodeBins = 256;

/// A tensor that the recipe casts: one entry of the file's tensor axis.
struct TensorName {
  std::string name;
  std::int32_t layer = -1;
  std::string kind;
  scaling::Role role = scaling::Role::weight;

  bool operator==(const TensorName&) const = default;
};

/// One tensor's scale distribution over the micro-batches of one step; docs/hdf5-schema.md defines each field.
struct TensorRecord {
  std::int32_t index = 0;  ///< on the tensor axis
  std::uint8_t cast = 1;   ///< 0: left in the baseline type, magnitudes alone
  std::int32_t bias = 0;
  float scale = 1.0F;
  float amax = 0.0F;
  double snr_db = 0.0;
  double underflow_fraction = 0.0;
  double overflow_fraction = 0.0;
  std::uint64_t elements = 0;
  std::uint64_t nan = 0;           ///< elements that were NaN
  std::uint64_t infinite = 0;      ///< elements that were infinite
  std::uint64_t without_bias = 0;  ///< scales that are stand-ins, in no statistic of biases
  std::array<std::uint32_t, scaling::kBiasBins> bias_histogram{};
  std::array<std::uint64_t, kExponentBins> exponent_histogram{};
  std::vector<std::uint64_t> code_histogram{};  ///< elements by code, kCodeBins of them; or empty: not recorded

  bool operator==(const TensorRecord&) const = default;
};

struct Run {
  Policy policy = Policy::baseline;
  Scope scope = Scope::model;
  std::string target;
  Tested role = Tested::both;
  std::int32_t bias = kNoBias;             ///< of all that is under test
  std::int32_t weight_bias = kNoBias;      ///< of the weights under test
  std::int32_t activation_bias = kNoBias;  ///< of the activations under test
  std::int64_t micro_batches = 0;
  double loss = 0.0;
  double accuracy = 0.0;
  std::vector<float> token_loss;
  std::vector<std::uint8_t> token_correct;
  std::vector<float> token_kl;             ///< from the baseline, nats; or empty: not compared
  std::vector<std::uint8_t> token_agrees;  ///< 1 where both rank the same token first; likewise
  std::vector<TensorRecord> tensors;       ///< ascending index; one step

  bool operator==(const Run&) const = default;
};

}  // namespace octavo::experiments::store
