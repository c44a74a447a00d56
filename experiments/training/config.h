// The configuration of a training run: model, data, optimizer, and what is kept of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sim/model/config.h"
#include "sim/train/settings.h"

namespace octavo::experiments {

/// What --text holds: a text, whose next token is to be predicted, or lines label<TAB>text to be classified by their
/// label's token.
enum class DataKind : std::uint8_t { text, labelled };

struct TrainConfig {
  /// [model]: either `start`, a checkpoint to go on from (any model that --model takes), or the numbers of a new one.
  std::filesystem::path start;
  sim::model::Config model;

  /// [data]
  DataKind kind = DataKind::text;
  std::int64_t context = 0;         ///< tokens in a sequence; default the smaller of the model's and 256
  double validation = 0.0;          ///< share of the sequences (labelled: lines), the last ones, that are held out
  std::filesystem::path tokenizer;  ///< default the start's own; for a new model the 256 bytes

  sim::train::Settings training;  ///< [training]

  /// [output]: every so many steps; 0: never (the last step is validated and kept in any case)
  std::int64_t record_every = 10;
  std::int64_t validate_every = 0;
  std::int64_t checkpoint_every = 100;

  bool operator==(const TrainConfig&) const = default;
};

/// Reads a configuration; paths in it are relative to its folder. Throws Error with file, line and the nearest known
/// key for anything it does not know or that has the wrong type, and if it has neither a start nor a new model's
/// numbers.
TrainConfig read_train_config(const std::filesystem::path& path);
TrainConfig parse_train_config(std::string_view toml, const std::string& where,
                               const std::filesystem::path& folder = {});

/// Canonical text: equal configurations print equally (paths as base names).
std::string to_toml(const TrainConfig& config);

}  // namespace octavo::experiments
