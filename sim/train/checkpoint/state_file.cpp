// Numbers, the optimizer's tensors and histories as tensors of a file, in both directions.
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
constexpr const char* kFirst = "adam.first";  // and the parameter's name; alone: of all parameters together
constexpr const char* kSecond = "adam.second";
constexpr const char* kCounts = "delayed.counts";  // of amaxes, by history: input and gradient of each linear layer
constexpr const char* kAmaxes = "delayed.amaxes";  // all histories, one after the other
constexpr const char* kScales = "delayed.scales";  // factor and inverse of each history
constexpr const char* kOfWeights = ".weight";      // added to these names: the histories of weights, one a layer
constexpr const char* kArray = "record.";
constexpr const char* kFingerprint = "fingerprint";  // in the file's metadata

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

std::string tensor_name(const std::string& moment, const Slot& slot) { return moment + "." + slot.name; }

/// A tensor of the optimizer to write: its type in the file is the one that it is kept in.
file::StoredTensor stored(const char* moment, const Slot& slot, const KeptNumbers& numbers) {
  const auto values = std::visit([](const std::vector<float>& kept) { return std::span<const float>(kept); }, numbers);
  return {tensor_name(moment, slot), slot.shape, values};
}

/// One file being read.
class Reader {
 public:
  explicit Reader(const file::Safetensors& file) : file_(file) {}

  std::vector<float> floats(const std::string& name) const {
    const file::Tensor tensor = file_.load(name);
    return {tensor.values.begin(), tensor.values.end()};
  }

  std::vector<OptimizerTensor> optimizer(const std::vector<Slot>& slots) const {
    const bool together = file_.find(kFirst) != nullptr;
    std::vector<KeptNumbers> first = together ? parts(kFirst, slots) : tensors(kFirst, slots);
    std::vector<KeptNumbers> second = together ? parts(kSecond, slots) : tensors(kSecond, slots);
    std::vector<OptimizerTensor> result;
    for (std::size_t i = 0; i < slots.size(); ++i) result.push_back({i, std::move(first[i]), std::move(second[i])});
    return result;
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
    const std::vector<scaling::AmaxHistory> passes = histories_named("");
    if (passes.size() % 2 != 0) damaged(kCounts);
    for (std::size_t i = 0; i < passes.size(); i += 2) histories.push_back({passes[i], passes[i + 1], std::nullopt});
    // Runs of before weights had a history go on without.
    if (file_.find(std::string(kCounts) + kOfWeights) == nullptr) return;
    const std::vector<scaling::AmaxHistory> weights = histories_named(kOfWeights);
    if (weights.size() != histories.size()) damaged(kCounts);
    for (std::size_t i = 0; i < weights.size(); ++i) histories[i].weight = weights[i];
  }

  std::map<std::string, std::vector<double>> arrays() const {
    std::map<std::string, std::vector<double>> result;
    for (const file::TensorInfo& info : file_.tensors())
      if (info.name.starts_with(kArray)) result[info.name.substr(std::strlen(kArray))] = file_.doubles(info.name);
    return result;
  }

 private:
  std::vector<scaling::AmaxHistory> histories_named(const std::string& suffix) const {
    const std::vector<double> counts = file_.doubles(kCounts + suffix);
    const std::vector<float> amaxes = floats(kAmaxes + suffix);
    const std::vector<float> scales = floats(kScales + suffix);
    if (scales.size() != 2 * counts.size()) damaged(kScales);
    std::vector<scaling::AmaxHistory> result;
    std::size_t next = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const std::int64_t count = whole(counts[i], kCounts);
      if (count > static_cast<std::int64_t>(amaxes.size() - next)) damaged(kCounts);
      const auto first = amaxes.begin() + static_cast<std::ptrdiff_t>(next);
      next += static_cast<std::size_t>(count);
      const scaling::Scale scale{scales[2 * i], scales[2 * i + 1]};
      if (!(scale.factor > 0.0F && scale.inverse > 0.0F && std::isfinite(scale.factor) && std::isfinite(scale.inverse)))
        damaged(kScales);
      result.push_back({{first, first + count}, scale});
    }
    if (next != amaxes.size()) damaged(kAmaxes);
    return result;
  }

  std::vector<KeptNumbers> tensors(const char* moment, const std::vector<Slot>& slots) const {
    std::vector<KeptNumbers> result;
    for (const Slot& slot : slots) {
      const std::string name = tensor_name(moment, slot);
      const file::TensorInfo* info = file_.find(name);
      if (info != nullptr && info->shape != slot.shape) other_model(name);
      if (info != nullptr && info->dtype != "F32")
        throw Error(
            fmt::format("{}: tensor {} is kept as {}, this run keeps F32; resume with the program that wrote it",
                        file_.name(), name, info->dtype));
      result.emplace_back(floats(name));  // which says if there is none
    }
    return result;
  }

  std::vector<KeptNumbers> parts(const char* moment, const std::vector<Slot>& slots) const {
    const file::Tensor all = file_.load(moment);
    if (all.values.size() != (slots.empty() ? 0 : slots.back().offset + slots.back().count)) other_model(moment);
    std::vector<KeptNumbers> result;
    for (const std::span<const float> part : by_tensor(slots, all.values))
      result.emplace_back(std::vector<float>(part.begin(), part.end()));
    return result;
  }

  [[noreturn]] void other_model(const std::string& tensor) const {
    throw Error(
        fmt::format("{}: tensor {} has another shape than the run's parameters; resume with the configuration that it "
                    "was made with",
                    file_.name(), tensor));
  }

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

/// Histories one after the other.
struct StoredHistories {
  std::vector<double> counts;
  std::vector<float> amaxes, scales;

  void add(const scaling::AmaxHistory& history) {
    counts.push_back(static_cast<double>(history.amaxes.size()));
    amaxes.insert(amaxes.end(), history.amaxes.begin(), history.amaxes.end());
    scales.insert(scales.end(), {history.scale.factor, history.scale.inverse});
  }
};

}  // namespace

void write_state(const std::filesystem::path& path, const State& state, const std::vector<Slot>& slots,
                 const std::map<std::string, std::vector<double>>& arrays, const std::string& fingerprint) {
  StoredHistories passes, weights;
  for (const nn::LinearHistory& linear : state.histories) {
    passes.add(linear.input);
    passes.add(linear.gradient);
    if (linear.weight) weights.add(*linear.weight);
  }
  const std::vector<double> numbers = numbers_of(state);
  std::vector<file::StoredTensor> tensors;
  const auto add = [&]<class T>(const std::string& name, const std::vector<T>& values) {
    tensors.push_back({name, {static_cast<std::int64_t>(values.size())}, std::span<const T>(values)});
  };
  for (const OptimizerTensor& tensor : state.optimizer) {
    tensors.push_back(stored(kFirst, slots[tensor.parameter], tensor.first));
    tensors.push_back(stored(kSecond, slots[tensor.parameter], tensor.second));
  }
  const auto add_histories = [&](const StoredHistories& histories, const std::string& suffix) {
    add(kAmaxes + suffix, histories.amaxes);
    add(kScales + suffix, histories.scales);
    add(kCounts + suffix,
        histories.counts);  // doubles after a possibly odd number of floats: no alignment is asked for
  };
  add_histories(passes, "");
  if (!weights.counts.empty()) add_histories(weights, kOfWeights);
  add(kNumbers, numbers);
  for (const auto& [name, values] : arrays) add(kArray + name, values);
  file::write_safetensors(path, tensors, {{kFingerprint, fingerprint}});
}

std::string fingerprint_of(const file::Safetensors& file) { return file.metadata(kFingerprint); }

StateFile read_state(const file::Safetensors& file, const std::vector<Slot>& slots) {
  const Reader reader(file);
  StateFile result;
  reader.numbers(result.state);
  result.state.optimizer = reader.optimizer(slots);
  reader.histories(result.state.histories);
  result.arrays = reader.arrays();
  return result;
}

}  // namespace octavo::sim::train
