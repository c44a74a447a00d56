// Numbers, moments and histories as tensors, in both directions.
#include "sim/train/checkpoint/state_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "messages/error.h"
#include "sim/file/safetensors/safetensors_writer.h"

namespace octavo::sim::train {
namespace {

constexpr const char* kNumbers = "state";
constexpr const char* kFirst = "adam.first";
constexpr const char* kSecond = "adam.second";
constexpr const char* kCounts = "delayed.counts";  // of amaxes, by history: input and gradient of each linear layer
constexpr const char* kAmaxes = "delayed.amaxes";  // all histories, one after the other
constexpr const char* kScales = "delayed.scales";  // factor and inverse of each history
constexpr const char* kArray = "record.";

std::vector<double> numbers_of(const State& state) {
  const scaling::LossScaleState& scale = state.loss_scale;
  return {static_cast<double>(state.step),
          static_cast<double>(state.updates),
          scale.scale,
          static_cast<double>(scale.steps),
          static_cast<double>(scale.counted),
          scale.mean,
          scale.square,
          static_cast<double>(scale.elements),
          static_cast<double>(scale.upper)};
}

/// One file being read.
class Reader {
 public:
  explicit Reader(const file::Safetensors& file) : file_(file) {}

  std::vector<float> floats(const char* name) const {
    const file::Tensor tensor = file_.load(name);
    return {tensor.values.begin(), tensor.values.end()};
  }

  void numbers(State& state) const {
    const std::vector<double> numbers = file_.doubles(kNumbers);
    scaling::LossScaleState& scale = state.loss_scale;
    if (numbers.size() != numbers_of(state).size()) damaged(kNumbers);
    state.step = whole(numbers[0], kNumbers);
    state.updates = whole(numbers[1], kNumbers);
    scale.scale = numbers[2];
    scale.steps = whole(numbers[3], kNumbers);
    scale.counted = whole(numbers[4], kNumbers);
    scale.mean = numbers[5];
    scale.square = numbers[6];
    scale.elements = static_cast<std::uint64_t>(whole(numbers[7], kNumbers));
    scale.upper = static_cast<std::uint64_t>(whole(numbers[8], kNumbers));
    if (!(scale.scale > 0.0 && std::isfinite(scale.scale))) damaged(kNumbers);
  }

  void histories(std::vector<nn::LinearHistory>& histories) const {
    const std::vector<double> counts = file_.doubles(kCounts);
    const std::vector<float> amaxes = floats(kAmaxes);
    const std::vector<float> scales = floats(kScales);
    if (counts.size() % 2 != 0 || scales.size() != 2 * counts.size()) damaged(kScales);
    std::size_t next = 0;
    const auto history = [&](std::size_t index) {
      const std::int64_t count = whole(counts[index], kCounts);
      if (count > static_cast<std::int64_t>(amaxes.size() - next)) damaged(kCounts);
      const auto first = amaxes.begin() + static_cast<std::ptrdiff_t>(next);
      next += static_cast<std::size_t>(count);
      const scaling::Scale scale{scales[2 * index], scales[2 * index + 1]};
      if (!(scale.factor > 0.0F && scale.inverse > 0.0F && std::isfinite(scale.factor) && std::isfinite(scale.inverse)))
        damaged(kScales);
      return scaling::AmaxHistory{{first, first + count}, scale};
    };
    for (std::size_t i = 0; i < counts.size(); i += 2) histories.push_back({history(i), history(i + 1)});
    if (next != amaxes.size()) damaged(kAmaxes);
  }

  std::map<std::string, std::vector<double>> arrays() const {
    std::map<std::string, std::vector<double>> result;
    for (const file::TensorInfo& info : file_.tensors())
      if (info.name.starts_with(kArray)) result[info.name.substr(std::strlen(kArray))] = file_.doubles(info.name);
    return result;
  }

 private:
  [[noreturn]] void damaged(const char* tensor) const {
    throw Error(fmt::format("{}: tensor {} does not hold what a checkpoint has there; the file is damaged",
                            file_.name(), tensor));
  }

  std::int64_t whole(double value, const char* tensor) const {
    if (!(value >= 0.0 && value <= 0x1p53) || std::floor(value) != value) damaged(tensor);
    return static_cast<std::int64_t>(value);
  }

  const file::Safetensors& file_;
};

}  // namespace

void write_state(const std::filesystem::path& path, const State& state,
                 const std::map<std::string, std::vector<double>>& arrays, const std::string& fingerprint) {
  std::vector<double> counts;
  std::vector<float> amaxes, scales;
  for (const nn::LinearHistory& linear : state.histories)
    for (const scaling::AmaxHistory* history : {&linear.input, &linear.gradient}) {
      counts.push_back(static_cast<double>(history->amaxes.size()));
      amaxes.insert(amaxes.end(), history->amaxes.begin(), history->amaxes.end());
      scales.insert(scales.end(), {history->scale.factor, history->scale.inverse});
    }
  const std::vector<double> numbers = numbers_of(state);
  std::vector<file::StoredTensor> tensors;
  const auto add = [&]<class T>(const std::string& name, const std::vector<T>& values) {
    tensors.push_back({name, {static_cast<std::int64_t>(values.size())}, std::span<const T>(values)});
  };
  add(kFirst, state.first);
  add(kSecond, state.second);
  add(kAmaxes, amaxes);
  add(kScales, scales);
  add(kCounts, counts);  // doubles after a possibly odd number of floats: safetensors asks for no alignment
  add(kNumbers, numbers);
  for (const auto& [name, values] : arrays) add(kArray + name, values);
  file::write_safetensors(path, tensors, {{"fingerprint", fingerprint}});
}

StateFile read_state(const file::Safetensors& file) {
  const Reader reader(file);
  StateFile result;
  result.fingerprint = file.metadata("fingerprint");
  reader.numbers(result.state);
  result.state.first = reader.floats(kFirst);
  result.state.second = reader.floats(kSecond);
  reader.histories(result.state.histories);
  result.arrays = reader.arrays();
  return result;
}

}  // namespace octavo::sim::train
