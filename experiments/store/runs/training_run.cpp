// The layout of a training run, in both directions.
#include "experiments/store/runs/training_run.h"

#include <cassert>
#include <span>

namespace octavo::experiments::store {
namespace {

const std::string kStep = "step";

/// f(name, member) for each number that a tensor has one of at every step.
template <class Visitor>
void visit_traces(Visitor&& f) {
  f("bias", &TensorTraces::bias);
  f("scale", &TensorTraces::scale);
  f("amax", &TensorTraces::amax);
  f("snr_db", &TensorTraces::snr_db);
  f("underflow_fraction", &TensorTraces::underflow_fraction);
  f("overflow_fraction", &TensorTraces::overflow_fraction);
  f("elements", &TensorTraces::elements);
  f("nan", &TensorTraces::nan);
  f("infinite", &TensorTraces::infinite);
  f("without_bias", &TensorTraces::without_bias);
}

void write_steps(const Group& group, const std::vector<std::int64_t>& steps) {
  group.write<std::int64_t>(kStep, steps, {steps.size()});
  group.make_scale(kStep, kStep);
}

void write_tensors(const Group& group, const TensorTraces& traces) {
  const std::uint64_t steps = traces.step.size();
  const std::uint64_t tensors = traces.bias.size() / steps;
  std::vector<std::int32_t> index(tensors);
  for (std::size_t i = 0; i < index.size(); ++i) index[i] = static_cast<std::int32_t>(i);
  group.write<std::int32_t>("index", index, {tensors});
  write_steps(group, traces.step);
  visit_traces([&]<class T>(const char* name, std::vector<T> TensorTraces::*member) {
    group.write<T>(name, traces.*member, {steps, tensors});
    group.attach_scale(name, 0, group, kStep);
  });
}

}  // namespace

void TensorTraces::append(std::int64_t at, const std::vector<TensorRecord>& records) {
  step.push_back(at);
  for (const TensorRecord& record : records) {
    bias.push_back(record.bias);
    scale.push_back(record.scale);
    amax.push_back(record.amax);
    snr_db.push_back(record.snr_db);
    underflow_fraction.push_back(record.underflow_fraction);
    overflow_fraction.push_back(record.overflow_fraction);
    elements.push_back(record.elements);
    nan.push_back(record.nan);
    infinite.push_back(record.infinite);
    without_bias.push_back(record.without_bias);
  }
  assert(bias.size() == step.size() * records.size());
}

void write_training_run(const Group& group, const TrainingRun& run) {
  group.set("policy", word(run.policy));
  group.set("scope", word(Scope::model));
  group.set("target", std::string_view(""));
  group.set("role", word(Tested::both));
  for (const char* name : {"bias", "weight_bias", "activation_bias"}) group.set(name, kNoBias);
  group.set("micro_batches", run.micro_batches);
  group.set("stopped", run.stopped);
  const Group metrics = group.create("metrics");
  std::vector<std::string> names;
  for (const Metric& metric : run.metrics) {
    const Group place = metrics.create(metric.name);
    write_steps(place, metric.step);
    place.write<double>("value", metric.value, {metric.value.size()});
    place.attach_scale("value", 0, place, kStep);
    names.push_back(metric.name);
  }
  group.write_texts("metric_names", names);
  if (!run.tensors.step.empty()) write_tensors(group.create("tensors"), run.tensors);
}

TrainingRun read_training_run(const Group& group) {
  TrainingRun run;
  run.policy = from_word<Policy>(group.get_text("policy"), group.where() + "/policy");
  run.stopped = group.get_text("stopped");
  run.micro_batches = group.get<std::int64_t>("micro_batches");
  const Group metrics = group.open("metrics");
  for (const std::string& name : group.read_texts("metric_names")) {
    const Group place = metrics.open(name);
    const std::uint64_t count = place.length(kStep);
    run.metrics.push_back({name, place.read<std::int64_t>(kStep, {count}), place.read<double>("value", {count})});
  }
  if (!group.has("tensors")) return run;
  const Group tensors = group.open("tensors");
  const std::uint64_t steps = tensors.length(kStep);
  const std::uint64_t count = tensors.length("index");
  run.tensors.step = tensors.read<std::int64_t>(kStep, {steps});
  visit_traces([&]<class T>(const char* name, std::vector<T> TensorTraces::*member) {
    run.tensors.*member = tensors.read<T>(name, {steps, count});
  });
  return run;
}

}  // namespace octavo::experiments::store
