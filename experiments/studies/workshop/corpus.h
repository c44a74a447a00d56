// What the studies train and evaluate on: a text to predict, and labelled sentences to classify.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/studies/workshop/model_size.h"
#include "sim/model/micro_batch.h"
#include "sim/text/windows.h"

namespace octavo::experiments::studies {

/// Windows in one fixed order.
struct Windows {
  std::vector<sim::text::Window> windows;
  std::string sha256;  ///< of all ids
  std::int64_t scored() const { return sim::text::scored(windows); }
};

/// The first `count` windows, or all if there are fewer.
sim::model::MicroBatch first_batch(const Windows& windows, std::int64_t count);

/// A task: what to learn from, and what is held out to be measured on.
struct Task {
  std::string name;  ///< "next byte", "part of the book"
  Windows training;
  Windows held_out;
};

struct Corpus {
  std::string name;    ///< of the texts, for headers
  std::string sha256;  ///< of all four lists
  Task text;           ///< next byte, windows of 128
  Task sentences;      ///< which label a sentence has, by its first 64 bytes
};

/// Empty paths: the King James Bible, its verses labelled by the part of the book that they are from. Every twentieth
/// window of the text is held out, as many as the scale asks for at most. Sentences are put into an order that depends
/// on them alone, cut to as many of each label as the rarest has, and the first of each label are held out: the same
/// split for every seed. Throws Error for files that cannot be read or that hold too little.
Corpus open_corpus(const std::filesystem::path& text, const std::filesystem::path& labelled, Scale scale);

}  // namespace octavo::experiments::studies
