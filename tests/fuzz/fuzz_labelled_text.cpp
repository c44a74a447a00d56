// Feeds arbitrary bytes to the reader of labelled texts and, where it accepts them, cuts them into windows.
#include "sim/text/labelled_text.h"
#include "sim/text/vocabulary/byte_vocabulary.h"
#include "tests/fuzz/seeded.h"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{"A\tIn the beginning\nB\tThe book of the generation\r\n\nA\tAnd\n",
                                              "A\tone\nBB\ttwo\n", "A\ttwo\ttabs\n"};
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo::sim::text;
  static const auto tokenizer = make_tokenizer(byte_vocabulary(), "bytes");
  octavo::fuzz::expect_result_or_error([&] {
    const auto examples = parse_labelled_text({reinterpret_cast<const char*>(data), size}, "fuzz");
    for (const Window& window : label_windows(examples, *tokenizer, 8, "fuzz"))
      if (window.input.empty() || window.input.size() > 8 || window.input.size() != window.target.size()) std::abort();
  });
  return 0;
}
