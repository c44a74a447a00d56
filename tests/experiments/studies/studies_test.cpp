// Every study at a size of seconds: tables, claims, the cache, resumption.
#include "experiments/studies/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "experiments/studies/study_output.h"
#include "messages/error.h"
#include "sim/nn/random.h"
#include "tests/sim/file/file_writers.h"

namespace octavo::experiments::studies {
namespace {

using sim::file::TemporaryFolder;
using testing::HasSubstr;

/// Sentences of two kinds, and a text of them all.
struct Texts {
  TemporaryFolder folder;
  WorkshopFlags flags;

  Texts() {
    std::string text, labelled;
    for (std::uint64_t i = 0; i < 200; ++i) {
      const bool first = i % 2 == 0;
      const std::string sentence = (first ? "In the beginning was number " : "And they went up to number ") +
                                   std::to_string(sim::nn::hash(3, i) % 1000) + ".";
      text += sentence + "\n";
      labelled += (first ? "A\t" : "B\t") + sentence + "\n";
    }
    flags.scale = Scale::tiny;
    flags.seeds = 2;
    flags.text = folder / "text.txt";
    flags.labelled = folder / "labelled.tsv";
    flags.cache = folder / "cache";
    sim::file::write_file(flags.text, text);
    sim::file::write_file(flags.labelled, labelled);
  }

  std::string run(
      const Study& study, const Workshop::Progress& progress = [](double, const std::string&) {}) const {
    Workshop workshop(flags, progress);
    return study_json(study.tables(workshop));
  }
};

TEST(Studies, FillTheirTablesAndStateClaims) {
  const Texts texts;
  for (const Study& study : studies()) {
    SCOPED_TRACE(study.name);
    Workshop workshop(texts.flags, [](double share, const std::string&) {
      EXPECT_GE(share, 0.0);
      EXPECT_LE(share, 1.0);
    });
    const store::Tables tables = study.tables(workshop);
    EXPECT_FALSE(tables.of<store::ClaimRow>().empty());
    for (const store::ClaimRow& claim : tables.of<store::ClaimRow>())
      EXPECT_FALSE(claim.item.empty() || claim.claim.empty() || claim.criterion.empty() || claim.found.empty());
    std::size_t rows = 0;
    tables.visit([&](const std::string&, const auto& table) { rows += table.size(); });
    EXPECT_GT(rows, tables.of<store::ClaimRow>().size());
    EXPECT_THAT(study_text(tables), HasSubstr("shown ("));
  }
}

TEST(Studies, KilledAndResumedGiveTheSameTables) {
  const Texts whole, killed;
  for (const Study& study : studies()) {
    SCOPED_TRACE(study.name);
    const std::string expected = whole.run(study);
    int reports = 0;
    struct Killed : std::exception {};  // no Error
    for (const int last : {30, 100, 1000000}) try {
        EXPECT_EQ(killed.run(study,
                             [&](double, const std::string&) {
                               if (++reports == last) throw Killed();
                             }),
                  expected);
      } catch (const Killed&) {
      }
    EXPECT_EQ(killed.run(study), expected);
  }
}

TEST(Studies, TakeFinishedWorkFromTheCache) {
  const Texts texts;
  const Study& study = studies().front();
  const std::string expected = texts.run(study);
  int reports = 0;
  EXPECT_EQ(texts.run(study, [&](double, const std::string&) { ++reports; }), expected);
  EXPECT_LT(reports, 60);  // one a piece of work, none within
  for (const auto& entry : std::filesystem::directory_iterator(texts.flags.cache))
    if (entry.is_regular_file()) sim::file::write_file(entry.path(), "damaged");
  EXPECT_EQ(texts.run(study), expected);
}

TEST(Corpus, HoldsOutTheSameBalancedSentencesEveryTime) {
  const Texts texts;
  const Corpus corpus = open_corpus(texts.flags.text, texts.flags.labelled, Scale::tiny);
  EXPECT_EQ(corpus.sentences.held_out.windows.size(), 20U);
  EXPECT_EQ(corpus.sentences.training.windows.size(), 180U);
  EXPECT_EQ(corpus.sentences.held_out.scored(), 20);
  const auto& held = corpus.sentences.held_out.windows;
  EXPECT_EQ(std::count_if(held.begin(), held.end(), [](const auto& window) { return window.target.back() == 'A'; }),
            10);
  for (const auto& window : held)
    EXPECT_EQ(std::count(corpus.sentences.training.windows.begin(), corpus.sentences.training.windows.end(), window),
              0);
  EXPECT_EQ(open_corpus(texts.flags.text, texts.flags.labelled, Scale::tiny).sha256, corpus.sha256);
}

std::string refusal(const Texts& texts) {
  try {
    open_corpus(texts.flags.text, texts.flags.labelled, Scale::tiny);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Corpus, RefusesATextThatIsTooShort) {
  const Texts texts;
  sim::file::write_file(texts.flags.text, "short");
  EXPECT_THAT(refusal(texts), HasSubstr("text.txt: a study needs a text of 2560 bytes at least"));
}

TEST(Corpus, RefusesLabelsWithTooFewSentences) {
  const Texts texts;
  sim::file::write_file(texts.flags.labelled, "A\tone\nB\ttwo\nB\tthree\n");
  EXPECT_THAT(refusal(texts),
              HasSubstr("labelled.tsv: a study needs five sentences of each label at least; one has 1"));
}

}  // namespace
}  // namespace octavo::experiments::studies
