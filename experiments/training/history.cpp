// Between the record of a run, the arrays of a checkpoint and the lines of a log.
#include "experiments/training/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <type_traits>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments {
namespace {

constexpr std::string_view kMetric = "metric.", kStep = ".step", kValue = ".value", kTensors = "tensors.";

template <class Traces, class Visitor>
void visit(Traces& traces, Visitor&& f) {
  f("step", traces.step);
  f("bias", traces.bias);
  f("scale", traces.scale);
  f("amax", traces.amax);
  f("snr_db", traces.snr_db);
  f("underflow_fraction", traces.underflow_fraction);
  f("overflow_fraction", traces.overflow_fraction);
  f("elements", traces.elements);
  f("nan", traces.nan);
  f("infinite", traces.infinite);
  f("without_bias", traces.without_bias);
}

/// True if the number is one of T's: a whole one up to 2^53 where T is an integer.
template <class T>
bool fits(double number) {
  if constexpr (std::is_integral_v<T>)
    return std::floor(number) == number &&
           number <= std::min(0x1p53, static_cast<double>(std::numeric_limits<T>::max())) &&
           number >= std::max(-0x1p53, static_cast<double>(std::numeric_limits<T>::lowest()));
  else
    return !(std::fabs(number) > static_cast<double>(std::numeric_limits<T>::max())) || std::isinf(number);
}

std::string key(std::string_view before, const std::string& name, std::string_view after = {}) {
  return std::string(before) + name + std::string(after);
}

}  // namespace

History::History(const std::map<std::string, std::vector<double>>& arrays, std::size_t tensors,
                 const std::string& where) {
  const auto require = [&](bool holds, const std::string& name) {
    if (!holds) throw Error(fmt::format("{}: the record {} is damaged", where, messages::printable(name)));
  };
  const auto metric = [](const std::string& name, std::string_view after) {
    return name.substr(kMetric.size(), name.size() - kMetric.size() - after.size());
  };
  for (const auto& [name, values] : arrays) {
    if (!name.starts_with(kMetric)) continue;
    if (name.ends_with(kStep)) metrics_[metric(name, kStep)].step = values;
    if (name.ends_with(kValue)) metrics_[metric(name, kValue)].value = values;
  }
  for (const auto& [name, points] : metrics_) {
    require(points.step.size() == points.value.size() && std::is_sorted(points.step.begin(), points.step.end()), name);
    for (const double step : points.step) require(fits<std::int64_t>(step), name);
  }
  visit(traces_, [&]<class T>(const std::string& name, std::vector<T>& values) {
    const auto found = arrays.find(key(kTensors, name));
    if (found == arrays.end()) return;
    for (const double number : found->second) {
      require(fits<T>(number), name);
      values.push_back(static_cast<T>(number));
    }
  });
  visit(traces_, [&](const std::string& name, const auto& values) {
    require(values.size() == (name == "step" ? 1 : tensors) * traces_.step.size(), name);
  });
}

std::map<std::string, std::vector<double>> History::arrays() const {
  std::map<std::string, std::vector<double>> result;
  for (const auto& [name, points] : metrics_) {
    result[key(kMetric, name, kStep)] = points.step;
    result[key(kMetric, name, kValue)] = points.value;
  }
  visit(traces_, [&](const std::string& name, const auto& values) {
    result[key(kTensors, name)].assign(values.begin(), values.end());
  });
  return result;
}

void History::add(const std::string& metric, std::int64_t step, double value) {
  Points& points = metrics_[metric];
  points.step.push_back(static_cast<double>(step));
  points.value.push_back(value);
}

std::optional<double> History::last(const std::string& metric) const {
  const auto found = metrics_.find(metric);
  return found == metrics_.end() || found->second.value.empty() ? std::nullopt
                                                                : std::optional(found->second.value.back());
}

store::TrainingRun History::run() const {
  store::TrainingRun result;
  for (const auto& [name, points] : metrics_) {
    store::Metric metric{name, {}, points.value};
    for (const double step : points.step) metric.step.push_back(static_cast<std::int64_t>(step));
    result.metrics.push_back(std::move(metric));
  }
  result.tensors = traces_;
  return result;
}

std::string History::lines(std::int64_t first) const {
  std::map<std::int64_t, nlohmann::ordered_json> by_step;
  for (const auto& [name, points] : metrics_) {
    const auto from = std::lower_bound(points.step.begin(), points.step.end(), static_cast<double>(first));
    for (auto i = static_cast<std::size_t>(from - points.step.begin()); i < points.step.size(); ++i) {
      const auto step = static_cast<std::int64_t>(points.step[i]);
      by_step[step]["step"] = step;
      by_step[step][name] = points.value[i];
    }
  }
  std::string text;
  for (const auto& [step, object] : by_step) text += object.dump() + "\n";
  return text;
}

}  // namespace octavo::experiments
