// The layout of one run, in both directions.
#include "experiments/store/runs/run_group.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>
#include <string>
#include <vector>

#include "messages/error.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments::store {
namespace {

const std::string kStep = "step";

/// The only step of an experiment without training, as a dimension scale.
void write_step(const Group& group) {
  constexpr std::array<std::int64_t, 1> step{0};
  group.write<std::int64_t>(kStep, step, {1});
  group.make_scale(kStep, kStep);
}

void write_metric(const Group& metrics, const std::string& name, double value) {
  const Group metric = metrics.create(name);
  write_step(metric);
  metric.write<double>("value", std::span(&value, 1), {1});
  metric.attach_scale("value", 0, metric, kStep);
}

double read_metric(const Group& metrics, const std::string& name) {
  return metrics.open(name).read<double>("value", {1})[0];
}

/// f(name, member) for each number that a tensor has one of; the order is the order in the file.
template <class Visitor>
void visit_statistics(Visitor&& f) {
  f("cast", &TensorRecord::cast);
  f("bias", &TensorRecord::bias);
  f("scale", &TensorRecord::scale);
  f("amax", &TensorRecord::amax);
  f("snr_db", &TensorRecord::snr_db);
  f("underflow_fraction", &TensorRecord::underflow_fraction);
  f("overflow_fraction", &TensorRecord::overflow_fraction);
  f("elements", &TensorRecord::elements);
  f("nan", &TensorRecord::nan);
  f("infinite", &TensorRecord::infinite);
  f("without_bias", &TensorRecord::without_bias);
}

template <class Visitor>
void visit_histograms(Visitor&& f) {
  f("bias_histogram", &TensorRecord::bias_histogram, "bias");
  f("exponent_histogram", &TensorRecord::exponent_histogram, "exponent");
}

const std::string kCodes = "code_histogram";

/// Where every record has one.
void write_code_histograms(const Group& group, const std::vector<TensorRecord>& records) {
  std::vector<std::uint64_t> counts;
  for (const TensorRecord& record : records) {
    if (record.code_histogram.size() != kCodeBins) return;
    counts.insert(counts.end(), record.code_histogram.begin(), record.code_histogram.end());
  }
  group.write<std::uint64_t>(kCodes, counts, {1, records.size(), kCodeBins}, Layout::deflated);
  group.attach_scale(kCodes, 0, group, kStep);
}

void write_tensors(const Group& group, const std::vector<TensorRecord>& records, const Group* axes) {
  std::vector<std::int32_t> index;
  for (const TensorRecord& record : records) index.push_back(record.index);
  group.write<std::int32_t>("index", index, {index.size()});
  write_step(group);
  visit_statistics([&]<class T>(const char* name, T TensorRecord::*member) {
    std::vector<T> values;
    for (const TensorRecord& record : records) values.push_back(record.*member);
    group.write<T>(name, values, {1, records.size()});
    group.attach_scale(name, 0, group, kStep);
  });
  visit_histograms(
      [&]<class T, std::size_t bins>(const char* name, std::array<T, bins> TensorRecord::*member, const char* axis) {
        std::vector<T> counts;
        counts.reserve(records.size() * bins);
        for (const TensorRecord& record : records)
          counts.insert(counts.end(), (record.*member).begin(), (record.*member).end());
        group.write<T>(name, counts, {1, records.size(), bins}, Layout::deflated);
        group.attach_scale(name, 0, group, kStep);
        if (axes != nullptr) group.attach_scale(name, 2, *axes, axis);
      });
  write_code_histograms(group, records);
}

std::vector<TensorRecord> read_tensors(const Group& group) {
  const std::uint64_t count = group.length("index");
  const std::vector<std::int32_t> index = group.read<std::int32_t>("index", {count});
  group.read<std::int64_t>(kStep, {1});
  if (std::adjacent_find(index.begin(), index.end(), std::greater_equal<>()) != index.end() ||
      (count > 0 && index[0] < 0))
    throw Error("cannot read " + group.where() + "/index: it does not ascend; the file is damaged, write it again");
  std::vector<TensorRecord> records(count);
  for (std::size_t i = 0; i < count; ++i) records[i].index = index[i];
  visit_statistics([&]<class T>(const char* name, T TensorRecord::*member) {
    const std::vector<T> values = group.read<T>(name, {1, count});
    for (std::size_t i = 0; i < count; ++i) records[i].*member = values[i];
  });
  visit_histograms(
      [&]<class T, std::size_t bins>(const char* name, std::array<T, bins> TensorRecord::*member, const char*) {
        const std::vector<T> counts = group.read<T>(name, {1, count, bins});
        for (std::size_t i = 0; i < count; ++i)
          std::copy_n(counts.data() + i * bins, bins, (records[i].*member).data());
      });
  if (group.has(kCodes)) {
    const std::vector<std::uint64_t> counts = group.read<std::uint64_t>(kCodes, {1, count, kCodeBins});
    for (std::size_t i = 0; i < count; ++i)
      records[i].code_histogram.assign(counts.data() + i * kCodeBins, counts.data() + (i + 1) * kCodeBins);
  }
  return records;
}

}  // namespace

void write_run(const Group& group, const Run& run, const Group* axes) {
  assert(run.token_loss.size() == run.token_correct.size());
  group.set("policy", word(run.policy));
  group.set("scope", word(run.scope));
  group.set("target", run.target);
  group.set("role", word(run.role));
  group.set("bias", run.bias);
  group.set("weight_bias", run.weight_bias);
  group.set("activation_bias", run.activation_bias);
  group.set("micro_batches", run.micro_batches);
  if (!run.token_loss.empty()) {
    const Group metrics = group.create("metrics");
    write_metric(metrics, "loss", run.loss);
    write_metric(metrics, "perplexity", sim::nn::exp(run.loss));
    write_metric(metrics, "accuracy", run.accuracy);
    const Group tokens = group.create("tokens");
    tokens.write<float>("loss", run.token_loss, {run.token_loss.size()});
    tokens.write<std::uint8_t>("correct", run.token_correct, {run.token_correct.size()});
    if (!run.token_kl.empty()) {
      tokens.write<float>("kl", run.token_kl, {run.token_kl.size()});
      tokens.write<std::uint8_t>("agrees", run.token_agrees, {run.token_agrees.size()});
    }
  }
  if (!run.tensors.empty()) write_tensors(group.create("tensors"), run.tensors, axes);
}

Run read_run(const Group& group) {
  Run run;
  const auto read_word = [&]<class E>(const std::string& name, E& value) {
    value = from_word<E>(group.get_text(name), group.where() + "/" + name);
  };
  read_word("policy", run.policy);
  read_word("scope", run.scope);
  run.target = group.get_text("target");
  read_word("role", run.role);
  run.bias = group.get<std::int32_t>("bias");
  run.weight_bias = group.get<std::int32_t>("weight_bias");
  run.activation_bias = group.get<std::int32_t>("activation_bias");
  run.micro_batches = group.get<std::int64_t>("micro_batches");
  if (group.has("metrics") || group.has("tokens")) {
    const Group metrics = group.open("metrics");
    run.loss = read_metric(metrics, "loss");
    run.accuracy = read_metric(metrics, "accuracy");
    const Group tokens = group.open("tokens");
    const std::uint64_t count = tokens.length("loss");
    run.token_loss = tokens.read<float>("loss", {count});
    run.token_correct = tokens.read<std::uint8_t>("correct", {count});
    if (tokens.has("kl") || tokens.has("agrees")) {
      run.token_kl = tokens.read<float>("kl", {count});
      run.token_agrees = tokens.read<std::uint8_t>("agrees", {count});
    }
  }
  if (group.has("tensors")) run.tensors = read_tensors(group.open("tensors"));
  return run;
}

}  // namespace octavo::experiments::store
