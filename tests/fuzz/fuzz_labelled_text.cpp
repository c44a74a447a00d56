// Feeds arbitrary bytes to the readers of texts: labelled texts, which are cut into windows where they are accepted,
// and plain text, JSON and JSON lines, compressed or not.
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/text/labelled_text.h"
#include "sim/text/read_text.h"
#include "sim/text/vocabulary/byte_vocabulary.h"
#include "tests/fuzz/seeded.h"
#include "tests/sim/text/gzip_bytes.h"

namespace {

using namespace octavo::sim::text;

void require(bool holds) {
  if (!holds) std::abort();
}

void run_labelled(std::string_view input) {
  static const auto tokenizer = make_tokenizer(byte_vocabulary(), "bytes");
  const auto examples = parse_labelled_text(input, "fuzz");
  for (const Window& window : label_windows(examples, *tokenizer, 8, "fuzz"))
    require(!window.input.empty() && window.input.size() <= 8 && window.input.size() == window.target.size());
}

/// What is accepted is text that is UTF-8, without empty documents, all of which the notes count.
void run_text(std::string_view input, std::string_view field, const char* name) {
  const Texts texts = parse_text(std::string(input), std::string(field), name);
  require(!texts.documents.empty() && texts.notes.documents == static_cast<std::int64_t>(texts.documents.size()));
  for (const std::string& document : texts.documents) {
    require(!document.empty());
    const std::string line = nlohmann::json(document).dump();  // throws for what is not UTF-8
    require(parse_text(line, "", "a.jsonl").documents.front() == document);
  }
  require(to_string(texts.notes).find('\n') == std::string::npos);
}

}  // namespace

/// The first byte of an input says what reads the rest.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{
      "\x01"
      "A\tIn the beginning\nB\tThe book of the generation\r\n\nA\tAnd\n",
      "\x01"
      "A\tone\nBB\ttwo\n",
      "\x01"
      "A\ttwo\ttabs\n",
      "\x02\xEF\xBB\xBFone\r\ntw\xC3\xB6\rthree\n",
      "\x03{\"text\": \"one\"}\r\n\n{\"id\": [1, {\"a\": null}]}\n{\"text\": null}\n\"tw\\u00f6 \\ud83d\\ude00\"\n",
      "\x04[\"one\", {\"text\": \"two\"}, \"\"]",
      "\x05{\"content\": \"one\", \"text\": 7}\n",
      "\x02" + std::string(kOneGz) + std::string(kTwoGz),
      "\x03" + std::string(kOneGz),
  };
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  octavo::fuzz::expect_result_or_error([&] {
    switch (data[0] % 6) {
      case 2:
        return run_text(input, "", "a.txt");
      case 3:
        return run_text(input, "", "a.jsonl");
      case 4:
        return run_text(input, "", "a.json.gz");
      case 5:
        return run_text(input, "content", "-");
      default:
        return run_labelled(input);
    }
  });
  return 0;
}
