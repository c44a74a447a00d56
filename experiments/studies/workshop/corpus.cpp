// Cutting texts into windows, and windows into halves.
#include "experiments/studies/workshop/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "experiments/store/provenance.h"
#include "experiments/studies/workshop/bible.h"
#include "messages/error.h"
#include "sim/text/labelled_text.h"
#include "sim/text/read_text.h"
#include "sim/text/vocabulary/byte_vocabulary.h"

namespace octavo::experiments::studies {
namespace {

using sim::text::LabelledText;
using sim::text::Window;

constexpr std::int64_t kTextContext = 128;
constexpr std::int64_t kSentenceContext = 64;
constexpr std::size_t kHeldOutEvery = 20;

struct Held {
  std::size_t windows;    ///< of the text, at most
  std::size_t sentences;  ///< of each label, at most; never more than a fifth
};

Held held_out(Scale scale) {
  switch (scale) {
    case Scale::tiny:
      return {4, 10};
    case Scale::standard:
      return {96, 300};
    case Scale::paper:
      break;
  }
  return {256, 1000};
}

Windows digested(std::vector<Window> windows) {
  store::Sha256 digest;
  for (const Window& window : windows) {
    digest.update(std::as_bytes(std::span(window.input)));
    digest.update(std::as_bytes(std::span(window.target)));
  }
  return {std::move(windows), digest.hex()};
}

Task text_task(const std::vector<std::string>& texts, const std::string& where, Scale scale) {
  const auto tokenizer = sim::text::make_tokenizer(sim::text::byte_vocabulary(), "bytes");
  std::vector<Window> training;
  std::vector<Window> held;
  std::size_t number = 0;
  for (Window& window : sim::text::evaluation_windows(sim::text::encode_documents(*tokenizer, texts), tokenizer->bos(),
                                                      kTextContext, std::numeric_limits<std::int64_t>::max(), where))
    if (++number % kHeldOutEvery != 0)
      training.push_back(std::move(window));
    else if (held.size() < held_out(scale).windows)
      held.push_back(std::move(window));
  if (held.empty())
    throw Error(fmt::format("{}: a study needs a text of {} bytes at least", where, kHeldOutEvery * kTextContext));
  return {"next byte", digested(std::move(training)), digested(std::move(held))};
}

/// In an order that depends on the sentences alone, label after label.
std::map<std::string, std::vector<LabelledText>> by_label(std::vector<LabelledText> sentences) {
  std::map<std::string, std::vector<std::pair<std::string, LabelledText>>> keyed;
  for (LabelledText& sentence : sentences)
    keyed[sentence.label].emplace_back(store::sha256(std::as_bytes(std::span(sentence.text))), std::move(sentence));
  std::map<std::string, std::vector<LabelledText>> result;
  for (auto& [label, list] : keyed) {
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [key, sentence] : list) result[label].push_back(std::move(sentence));
  }
  return result;
}

Task sentence_task(std::vector<LabelledText> sentences, const std::string& where, Scale scale) {
  const auto labels = by_label(std::move(sentences));
  std::size_t each = std::numeric_limits<std::size_t>::max();
  for (const auto& [label, list] : labels) each = std::min(each, list.size());
  const std::size_t held_each = std::min(held_out(scale).sentences, each / 5);
  if (held_each == 0)
    throw Error(fmt::format("{}: a study needs five sentences of each label at least; one has {}", where, each));
  std::vector<LabelledText> training;
  std::vector<LabelledText> held;
  for (std::size_t i = 0; i < each; ++i)
    for (const auto& [label, list] : labels) (i < held_each ? held : training).push_back(list[i]);
  const auto tokenizer = sim::text::make_tokenizer(sim::text::byte_vocabulary(), "bytes");
  return {"label", digested(label_windows(training, *tokenizer, kSentenceContext, where)),
          digested(label_windows(held, *tokenizer, kSentenceContext, where))};
}

}  // namespace

sim::model::MicroBatch first_batch(const Windows& windows, std::int64_t count) {
  const std::size_t most = std::min(windows.windows.size(), static_cast<std::size_t>(count));
  return sim::model::micro_batches(std::span(windows.windows).first(most), count).front();
}

Corpus open_corpus(const std::filesystem::path& text, const std::filesystem::path& labelled, Scale scale) {
  std::vector<Verse> verses;
  if (text.empty() || labelled.empty()) verses = bible();
  std::vector<std::string> texts(1);
  std::vector<LabelledText> sentences;
  for (const Verse& verse : verses) {
    texts.front() += verse.text + '\n';
    sentences.push_back({std::string(1, verse.part), verse.text});
  }
  if (!text.empty()) texts = sim::text::read_text(text);
  if (!labelled.empty()) sentences = sim::text::read_labelled_text(labelled);
  const std::string kBible = "King James Bible";
  Corpus corpus;
  corpus.text = text_task(texts, text.empty() ? kBible : text.string(), scale);
  corpus.sentences = sentence_task(std::move(sentences), labelled.empty() ? kBible : labelled.string(), scale);
  if (labelled.empty()) corpus.sentences.name = "part of the book";
  corpus.name = text.empty() ? kBible : text.filename().string();
  if (!labelled.empty()) corpus.name += ", " + labelled.filename().string();
  const std::vector<std::string> digests{corpus.text.training.sha256, corpus.text.held_out.sha256,
                                         corpus.sentences.training.sha256, corpus.sentences.held_out.sha256};
  corpus.sha256 = store::sha256_of_texts(digests);
  return corpus;
}

}  // namespace octavo::experiments::studies
