// What an evaluation is made of: windows in micro-batches, and the header that tells where they came from.
#include "experiments/evaluation/subject.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/experiments/tiny_llama.h"

namespace octavo::experiments {
namespace {

using sim::file::throws_one_line;
using testing::HasSubstr;

TEST(Subject, WindowsGoIntoMicroBatchesInOrder) {
  TinyFiles files(90);  // 89 targets: windows of 24, 24, 24 and 17
  files.flags.batch = 3;
  const Subject subject = open_subject(files.flags);
  EXPECT_EQ(subject.context, 24);
  EXPECT_EQ(subject.tokens, 89);
  ASSERT_EQ(subject.micro_batches.size(), 2u);
  EXPECT_EQ(subject.micro_batches[0].batch.sequences(), 3);
  EXPECT_EQ(subject.micro_batches[1].batch.sequences(), 1);
  std::vector<std::int32_t> inputs, targets;
  for (const sim::model::MicroBatch& micro : subject.micro_batches) {
    EXPECT_EQ(micro.batch.rows(), static_cast<std::int64_t>(micro.targets.size()));
    inputs.insert(inputs.end(), micro.batch.ids.begin(), micro.batch.ids.end());
    targets.insert(targets.end(), micro.targets.begin(), micro.targets.end());
  }
  ASSERT_EQ(inputs.size(), 89u);
  EXPECT_TRUE(std::equal(inputs.begin() + 1, inputs.end(), targets.begin()));  // without BOS, each predicts the next
}

TEST(Subject, ContextAndTokensCutTheText) {
  TinyFiles files(90);
  files.flags.context = 10;
  files.flags.tokens = 25;
  const Subject subject = open_subject(files.flags);
  EXPECT_EQ(subject.tokens, 25);
  ASSERT_EQ(subject.micro_batches.size(), 3u);
  EXPECT_EQ(subject.micro_batches[2].targets.size(), 5u);
}

TEST(Subject, HeaderTellsModelAndText) {
  const TinyFiles files;
  const store::Header header = open_subject(files.flags).header;
  using T = TinyLlama;
  constexpr int kv_width = T::width / T::heads * T::kv_heads;
  constexpr int decoder = 2 * T::width + 2 * T::width * T::width + 2 * kv_width * T::width + 3 * T::hidden * T::width;
  EXPECT_EQ(header.model_parameters, T::vocabulary * T::width + T::layers * decoder + T::width);
  EXPECT_EQ(header.model_name, "model.bin");
  EXPECT_EQ(header.model_bytes, tiny_llama().size());
  EXPECT_EQ(header.model_header_sha256.size(), 64u);
  EXPECT_EQ(header.model_family, "llama");
  EXPECT_EQ(header.model_layers, T::layers);
  EXPECT_EQ(header.text_name, "ids.npy");
  const std::string text = token_ids(90);
  EXPECT_EQ(header.text_bytes, text.size());
  EXPECT_EQ(header.text_sha256, store::sha256(std::as_bytes(std::span(text))));
  EXPECT_EQ(header.context, T::context);
  EXPECT_EQ(header.batch, 1);
  EXPECT_EQ(header.tokens, 89);
}

/// Letters, newline and space, fillers up to id 65, then the added tokens <x> (66, special) and, beyond the model's 67
/// rows, [PAD].
std::string letters_json() {
  std::string vocabulary = R"("\u010a": 26, "\u0120": 27)";
  for (int id = 0; id < 26; ++id) vocabulary += fmt::format(R"(, "{:c}": {})", 'a' + id, id);
  for (int id = 28; id < 66; ++id) vocabulary += fmt::format(R"(, "filler{}": {})", id, id);
  return fmt::format(R"({{"model": {{"vocab": {{{}}}, "merges": []}},
      "pre_tokenizer": {{"type": "ByteLevel", "add_prefix_space": false}},
      "added_tokens": [{{"id": 66, "content": "<x>", "special": true}}, {{"id": 67, "content": "[PAD]"}}]}})",
                     vocabulary);
}

struct TextFiles : TinyFiles {
  TextFiles() {
    sim::file::write_file(folder / "letters.json", letters_json());
    flags.token_ids.clear();
    flags.tokenizer = folder / "letters.json";
  }
  Subject of(const std::string& name, const std::string& bytes) {
    sim::file::write_file(folder / name, bytes);
    flags.text = folder / name;
    return open_subject(flags);
  }
};

TEST(Subject, SaysWhatBecameOfTheText) {
  TextFiles files;
  const std::string unused = "the tokenizer has 1 token more than the model, which the text does not use";
  const Subject plain = files.of("a.txt", "ab cd\nef");
  EXPECT_EQ(plain.header.text_notes, unused);
  const Subject marked = files.of("a.txt",
                                  "\xEF\xBB\xBF"
                                  "ab cd\r\nef");
  EXPECT_EQ(marked.header.text_notes, "byte order mark dropped; 1 line end with CR read as LF; " + unused);
  EXPECT_EQ(marked.micro_batches[0].batch.ids, plain.micro_batches[0].batch.ids);
  EXPECT_EQ(marked.micro_batches[0].targets, plain.micro_batches[0].targets);
  EXPECT_EQ(marked.header.text_bytes, 12u);  // the file's
  const Subject added = files.of("a.txt", "ab<x>cd");
  EXPECT_EQ(added.micro_batches[0].targets, (std::vector<std::int32_t>{1, 66, 2, 3}));
  EXPECT_EQ(added.header.text_notes, "1 added token cut out of the text; " + unused);
}

TEST(Subject, SaysThatATextBringsItsOwnBos) {
  TextFiles files;
  sim::file::write_file(files.folder / "tokenizer.json", letters_json());
  sim::file::write_file(files.folder / "tokenizer_config.json", R"({"add_bos_token": true, "bos_token": "<x>"})");
  files.flags.tokenizer = files.folder / "tokenizer.json";
  const Subject subject = files.of("a.json", R"(["<x>ab", "a"])");
  EXPECT_EQ(subject.micro_batches[0].batch.ids, (std::vector<std::int32_t>{66, 66, 0}));
  EXPECT_THAT(subject.header.text_notes, HasSubstr("1 document begins with BOS, and the tokenizer puts another"));
}

TEST(Subject, SpecialTokensMayBeText) {
  TextFiles files;
  files.flags.no_special = true;
  EXPECT_EQ(files.of("a.txt", "a<x>b").micro_batches[0].targets, (std::vector<std::int32_t>{23, 1}));  // no < and >
}

TEST(Subject, TextsComeFromAField) {
  TextFiles files;
  const std::string lines = "{\"text\": \"abc\", \"title\": \"xyz\"}\n{\"title\": \"zz\"}\n";
  const Subject text = files.of("a.jsonl", lines);
  EXPECT_EQ(text.micro_batches[0].targets, (std::vector<std::int32_t>{1, 2}));
  EXPECT_THAT(text.header.text_notes, HasSubstr("1 document without that field left out"));
  files.flags.field = "title";
  const Subject title = files.of("a.jsonl", lines);
  EXPECT_EQ(title.tokens, 3);
  EXPECT_EQ(title.micro_batches[0].targets, (std::vector<std::int32_t>{24, 25}));
}

TEST(Subject, RefusesTokensBeyondTheModelWhereTheTextUsesThem) {
  TextFiles files;
  EXPECT_THAT([&] { files.of("a.txt", "ab[PAD]"); },
              throws_one_line(HasSubstr("the text uses token '[PAD]' (67), but the model has 67 tokens")));
}

TEST(Subject, RefusesInOneLine) {
  const TinyFiles files;
  const auto refuses = [&](const std::string& words, auto change) {
    SubjectFlags flags = files.flags;
    change(flags);
    EXPECT_THAT([&] { open_subject(flags); }, throws_one_line(HasSubstr(words))) << words;
  };
  sim::file::write_file(files.folder / "text.txt", "Once upon a time");
  sim::file::write_file(files.folder / "beyond.npy", [] {
    std::string bytes = token_ids(90);
    bytes[bytes.size() - 4] = static_cast<char>(TinyLlama::vocabulary);
    return bytes;
  }());
  refuses("give --model", [](SubjectFlags& flags) { flags.model.clear(); });
  refuses("give --text", [](SubjectFlags& flags) { flags.token_ids.clear(); });
  refuses("exclude each other", [&](SubjectFlags& flags) { flags.text = files.folder / "text.txt"; });
  refuses("has 24 positions", [](SubjectFlags& flags) { flags.context = 25; });
  refuses("--context and --tokens must be positive", [](SubjectFlags& flags) { flags.context = -1; });
  refuses("--field and --no-special are about a text", [](SubjectFlags& flags) { flags.no_special = true; });
  refuses("--field and --no-special are about a text", [](SubjectFlags& flags) { flags.field = "text"; });
  refuses("--batch is 0", [](SubjectFlags& flags) { flags.batch = 0; });
  refuses("--batch is 4097", [](SubjectFlags& flags) { flags.batch = 4097; });
  refuses("give --tokenizer", [&](SubjectFlags& flags) {
    flags.token_ids.clear();
    flags.text = files.folder / "text.txt";
  });
  refuses("no token of the model's 67", [&](SubjectFlags& flags) { flags.token_ids = files.folder / "beyond.npy"; });
  refuses("absent.npy", [&](SubjectFlags& flags) { flags.token_ids = files.folder / "absent.npy"; });
  refuses("absent.bin", [&](SubjectFlags& flags) { flags.model = files.folder / "absent.bin"; });
}

}  // namespace
}  // namespace octavo::experiments
