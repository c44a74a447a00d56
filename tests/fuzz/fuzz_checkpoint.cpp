// Feeds arbitrary bytes to the reader of a checkpoint's training state, and of the record in it. The model beside it is
// fuzz_safetensors' business.
#include "experiments/training/history.h"
#include "sim/train/checkpoint/state_file.h"
#include "tests/fuzz/seeded.h"
#include "tests/sim/file/safetensors/safetensors_writer.h"

namespace {

namespace sim = octavo::sim;
using octavo::sim::file::SafetensorsWriter;

constexpr std::size_t kTensors = 2;

void doubles(SafetensorsWriter& writer, const std::string& name, const std::vector<double>& values) {
  std::string content;
  for (const double value : values) octavo::sim::file::append(content, value);
  writer.tensor(name, "F64", {static_cast<std::int64_t>(values.size())}, content);
}

/// Two parameters of three numbers.
const std::vector<sim::train::Slot>& slots() {
  static const std::vector<sim::train::Slot> result{{"a", -1, {2}, 0, 2}, {"b", 0, {1, 1}, 2, 1}};
  return result;
}

/// `together`: the moments of all parameters as one tensor each.
std::string state(bool together) {
  SafetensorsWriter writer;
  for (const std::string moment : {"adam.first", "adam.second"})
    if (together)
      writer.floats(moment, {3}, {1, 2, 3});
    else
      writer.floats(moment + ".a", {2}, {1, 2}).floats(moment + ".b", {1, 1}, {3});
  writer.floats("delayed.amaxes", {3}, {1, 2, 0.5F}).floats("delayed.scales", {4}, {1, 1, 2, 0.5F});
  doubles(writer, "delayed.counts", {2, 1});
  doubles(writer, "state", {4, 3, 65536, 2, 1, 0.5, 0.25, 0, 0});
  doubles(writer, "record.metric.loss.step", {0, 1});
  doubles(writer, "record.metric.loss.value", {5.5, 5.25});
  doubles(writer, "record.tensors.step", {0});
  for (const char* const name :
       {"bias", "scale", "amax", "snr_db", "underflow_fraction", "overflow_fraction", "elements"})
    doubles(writer, std::string("record.tensors.") + name, {1, 2});
  return writer.file();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{state(false), state(true)};
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo;
  fuzz::expect_result_or_error([&] {
    const sim::file::Safetensors file(sim::file::in_memory({reinterpret_cast<const char*>(data), size}));
    const sim::train::StateFile read = sim::train::read_state(file, slots());
    if (read.state.optimizer.size() != slots().size()) std::abort();
    const experiments::History history(read.arrays, kTensors, "memory");
    if (history.run().tensors.bias.size() != kTensors * history.run().tensors.step.size()) std::abort();
    history.lines();
  });
  return 0;
}
