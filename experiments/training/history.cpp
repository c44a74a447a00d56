// Between the record of a run, the arrays of a checkpoint and the lines of a log.
#include "experiments/training/history.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace octavo::experiments {
namespace {

constexpr std::string_view kMetric = "metric.", kStep = ".step", kValue = ".value", kTensors = "tensors.";

template <class Traces, class Visitor>
void visit(Traces& traces, Visitor&& f) {
  f("step", traces.step);
  f("bias", traces.bias);
  f("amax", traces.amax);
  f("snr_db", traces.snr_db);
  f("underflow_fraction", traces.underflow_fraction);
  f("overflow_fraction", traces.overflow_fraction);
  f("elements", traces.elements);
}

std::string key(std::string_view before, const std::string& name, std::string_view after = {}) {
  return std::string(before) + name + std::string(after);
}

}  // namespace

History::History(const std::map<std::string, std::vector<double>>& arrays) {
  for (const auto& [name, values] : arrays) {
    if (!name.starts_with(kMetric)) continue;
    const auto metric = [&](std::string_view after) {
      return name.substr(kMetric.size(), name.size() - kMetric.size() - after.size());
    };
    if (name.ends_with(kStep)) metrics_[metric(kStep)].step = values;
    if (name.ends_with(kValue)) metrics_[metric(kValue)].value = values;
  }
  visit(traces_, [&]<class T>(const std::string& name, std::vector<T>& values) {
    const auto found = arrays.find(key(kTensors, name));
    if (found == arrays.end()) return;
    for (const double number : found->second) values.push_back(static_cast<T>(number));
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
