// Feeds arbitrary text to the reader of training configurations; what it accepts must print as one that reads back the
// same.
#include "experiments/training/config.h"
#include "tests/fuzz/seeded.h"

namespace {

const std::vector<std::string> kSeeds{
    R"([model]
family = "llama"
layers = 2
width = 32
heads = 4
kv_heads = 2
hidden = 48
vocabulary = 256
rope_theta = 1e4
[data]
context = 32
validation = 0.1
tokenizer = "tokenizer.json"
[training]
seed = 1
steps = 12
schedule = "cosine"
master = "fp16"
loss_scaling = "backoff"
loss_scale = 65536
[output]
record_every = 4
)",
    R"(model.start = "folder/step-\u00e900000012"
training = { batch = 4, learning_rate = 1_0.5e-3, beta1 = inf, weight_decay = -0.0 }
output.checkpoint_every = 0x10
)"};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, kSeeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo::experiments;
  std::string printed;
  octavo::fuzz::expect_result_or_error([&] {
    printed = to_toml(parse_train_config({reinterpret_cast<const char*>(data), size}, "train.toml"));
  });
  if (!printed.empty() && to_toml(parse_train_config(printed, "printed")) != printed) std::abort();
  return 0;
}
