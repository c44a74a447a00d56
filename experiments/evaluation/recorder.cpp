// From casts to tensor records.
#include "experiments/evaluation/recorder.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace octavo::experiments {

using scaling::Role;

template <class Wanted>
void TensorAxis::fill(const sim::model::Config& config, std::span<const Role> roles, const Wanted& wanted) {
  for (std::int64_t layer = 0; layer < config.layers; ++layer)
    for (const sim::model::Kind kind : sim::model::kinds(config.family)) {
      const std::string name = sim::model::linear_name(layer, kind);
      for (const Role role : roles) {
        if (!wanted(name, role)) continue;
        index_[{sim::model::linear_number(layer, kind), role}] = static_cast<int>(names_.size());
        names_.push_back({name, static_cast<std::int32_t>(layer), std::string(sim::model::name(kind)), role});
      }
    }
}

TensorAxis::TensorAxis(const sim::model::Config& config, const scaling::Recipe& recipe, std::span<const Role> roles) {
  fill(config, roles, [&](const std::string& name, Role role) { return recipe.resolve(name)[role].has_value(); });
}

TensorAxis::TensorAxis(const sim::model::Config& config, std::span<const Role> roles) {
  fill(config, roles, [](const std::string&, Role) { return true; });
}

int TensorAxis::find(int linear, Role role) const {
  const auto found = index_.find({linear, role});
  return found == index_.end() ? -1 : found->second;
}

Recorder::Recorder(const TensorAxis& axis, std::string pattern) : axis_(axis) {
  for (const store::TensorName& name : axis.names()) wanted_.push_back(scaling::matches(pattern, name.name));
}

bool Recorder::wants(int linear, Role role) const {
  const int index = axis_.find(linear, role);
  return index >= 0 && wanted_[static_cast<std::size_t>(index)];
}

void Recorder::observe(int linear, Role role, const sim::nn::CastOutcome& outcome) {
  const int index = axis_.find(linear, role);
  if (index < 0) return;
  Sums& sums = sums_[index];
  sums.record.index = index;
  sums.record.amax = std::max(sums.record.amax, outcome.amax.value);
  sums.record.nan += outcome.statistics.nan;
  sums.record.infinite += outcome.infinite();
  sums.record.without_bias += outcome.without_bias;
  sums.statistics += outcome.statistics;
  sums.record.scale = outcome.scale.factor;
  sums.powers_of_two = sums.powers_of_two && outcome.scale.is_power_of_two();
  for (std::size_t bin = 0; bin < outcome.biases.size(); ++bin) sums.record.bias_histogram[bin] += outcome.biases[bin];
  for (std::size_t bin = 0; bin < outcome.exponents.size(); ++bin)
    sums.record.exponent_histogram[bin] += outcome.exponents[bin];
}

std::vector<store::TensorRecord> Recorder::records() const {
  std::vector<store::TensorRecord> result;
  for (const auto& [index, sums] : sums_) {
    store::TensorRecord record = sums.record;
    const auto elements = static_cast<double>(sums.statistics.count);
    record.bias = mode(record.bias_histogram);
    if (sums.powers_of_two && record.bias != store::kNoBias)
      record.scale = static_cast<float>(std::ldexp(1.0, record.bias));
    record.snr_db = snr_db(sums.statistics);
    record.elements = sums.statistics.count;
    if (record.nan > 0 && record.nan == record.elements) record.amax = std::numeric_limits<float>::quiet_NaN();
    record.underflow_fraction = static_cast<double>(sums.statistics.underflow) / elements;
    record.overflow_fraction = static_cast<double>(sums.statistics.overflow) / elements;
    result.push_back(record);
  }
  return result;
}

store::Run run_of(const Scores& scores, const Subject& subject, const Recorder* recorder) {
  store::Run run;
  run.micro_batches = static_cast<std::int64_t>(subject.micro_batches.size());
  run.loss = scores.mean_loss();
  run.accuracy = scores.accuracy();
  run.token_loss = scores.loss;
  run.token_correct = scores.correct;
  if (recorder != nullptr) run.tensors = recorder->records();
  return run;
}

std::int32_t mode(const std::array<std::uint32_t, scaling::kBiasBins>& histogram) {
  const auto most = std::max_element(histogram.begin(), histogram.end());
  if (*most == 0) return store::kNoBias;
  return static_cast<std::int32_t>(most - histogram.begin()) - scaling::kBiasLimit;
}

double snr_db(const formats::CastStatistics& statistics) {
  if (statistics.nan == statistics.count && statistics.count > 0) return std::numeric_limits<double>::quiet_NaN();
  if (statistics.error_energy == 0.0) return std::numeric_limits<double>::infinity();
  constexpr double kLn10 = 2.302585092994045684;
  return 10.0 / kLn10 * sim::nn::log(statistics.signal_energy / statistics.error_energy);
}

}  // namespace octavo::experiments
