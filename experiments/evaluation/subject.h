// What an experiment evaluates: a model and the windows of a text, with where both came from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiments/store/runs/header.h"
#include "sim/model/micro_batch.h"
#include "sim/model/transformer.h"
#include "sim/text/open/open.h"
#include "sim/text/tokenizer.h"
#include "sim/text/windows.h"

namespace octavo::experiments {

/// Flags that every evaluation has; 0 and empty mean the default.
struct SubjectFlags {
  std::filesystem::path model;
  std::filesystem::path text;       ///< - is standard input; or
  std::filesystem::path token_ids;  ///< .npy of ids, in place of a text
  std::filesystem::path tokenizer;
  std::string field;         ///< of the JSON objects that hold the texts; default text, in files called .json or .jsonl
  bool no_special = false;   ///< special tokens written in the text are text
  std::int64_t context = 0;  ///< tokens in a window; default the smaller of the model's context and 512
  std::int64_t tokens = 0;   ///< tokens to score at most; default all
  std::int64_t batch = 1;    ///< windows in a micro-batch
};

struct Subject {
  std::shared_ptr<const sim::model::Weights> weights;
  std::vector<sim::model::MicroBatch> micro_batches;
  std::vector<std::string> notes;  ///< of opening the model, a line each
  std::int64_t tokens = 0;         ///< scored in all
  std::int64_t context = 0;

  /// Fills in what the header says of model, text and windows.
  store::Header header;
};

/// Opens model, tokenizer and text, and cuts the text into windows. Throws Error.
Subject open_subject(const SubjectFlags& flags);

/// The tokenizer of a model: `given` if not empty, else the model file's own or the one beside it. Throws Error.
std::unique_ptr<sim::text::Tokenizer> open_model_tokenizer(
    const std::filesystem::path& model, const std::filesystem::path& given, std::optional<sim::text::Vocabulary> own,
    const std::filesystem::path& beside, std::int64_t vocabulary_size,
    sim::text::SpecialTokens special = sim::text::SpecialTokens::cut_out);

}  // namespace octavo::experiments
