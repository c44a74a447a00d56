// octavo_logits: logits and forward times of sequences, for the oracle scripts to compare with other programs'.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "machine/threads.h"
#include "messages/error.h"
#include "scaling/recipe/recipe.h"
#include "sim/model/open/open.h"
#include "sim/model/transformer.h"

namespace {

using octavo::sim::model::Batch;

/// Seconds on the wall's clock and of processor time, all threads together.
std::array<double, 2> now() {
  const auto read = [](clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  return {read(CLOCK_MONOTONIC), read(CLOCK_PROCESS_CPUTIME_ID)};
}

void write(const void* bytes, std::size_t size) {
  if (std::fwrite(bytes, 1, size, stdout) != size) throw octavo::Error("stdout: writing failed");
}

Batch read_sequence(const std::string& line, const octavo::sim::model::Config& config) {
  Batch batch;
  batch.add(nlohmann::json::parse(line).get<std::vector<std::int32_t>>());
  for (const std::int32_t id : batch.ids)
    if (id < 0 || id >= config.vocabulary) throw octavo::Error(fmt::format("id {} is not in the vocabulary", id));
  if (batch.rows() < 1 || batch.rows() > config.context)
    throw octavo::Error(fmt::format("{} ids; the model has {} positions", batch.rows(), config.context));
  return batch;
}

}  // namespace

/// Reads one JSON array of ids a line; answers each with the seconds of its forward pass (float64, [2]: wall,
/// processor) and the logits (float32, [T, V]; with --last those of the last position only). Little-endian, nothing in
/// between.
int main(int argc, char** argv) try {
  const bool last_only = argc >= 3 && argc <= 4 && std::strcmp(argv[2], "--last") == 0;
  if (argc != 2 && !last_only) {
    fmt::print(stderr, "usage: octavo_logits MODEL [--last [THREADS]] < ids.jsonl > logits\n");
    return 2;
  }
  if (argc == 4) octavo::machine::use_threads(std::atoi(argv[3]));
  auto file = octavo::sim::model::open(argv[1]);
  octavo::sim::model::Transformer<float> model(std::make_shared<octavo::sim::model::Weights>(std::move(file.weights)));
  model.apply(octavo::scaling::uncast(octavo::scaling::Baseline::fp32));
  const octavo::sim::model::Config& config = model.config();
  std::vector<float> x;
  std::vector<float> logits;
  for (std::string line; std::getline(std::cin, line);) {
    const Batch batch = read_sequence(line, config);
    const std::int64_t rows = last_only ? 1 : batch.rows();
    logits.resize(static_cast<std::size_t>(rows * config.vocabulary));
    const auto start = now();
    model.embed(batch, x);
    model.decode(batch, 0, config.layers, x.data());
    model.logits(x.data() + (batch.rows() - rows) * config.width, rows, logits.data());
    const auto end = now();
    const std::array seconds{end[0] - start[0], end[1] - start[1]};
    write(seconds.data(), sizeof seconds);
    write(logits.data(), logits.size() * sizeof(float));
    std::fflush(stdout);
  }
} catch (const std::exception& failure) {
  fmt::print(stderr, "octavo_logits: {}\n", failure.what());
  return 1;
}
