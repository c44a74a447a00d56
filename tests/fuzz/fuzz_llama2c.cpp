// Feeds arbitrary bytes to the reader of llama2.c models.
#include "sim/model/open/llama2c.h"
#include "tests/fuzz/seeded.h"
#include "tests/sim/file/file_bytes.h"

namespace file = octavo::sim::file;

namespace {

std::string seed(std::int32_t vocabulary) {
  using octavo::sim::file::append;
  std::string bytes;
  for (const std::int32_t value : {4, 2, 1, 2, 1, vocabulary, 2}) file::append(bytes, value);
  const int count = 3 * 4 + 4 + 16 + 8 + 8 + 16 + 4 + 8 + 8 + 8 + 4 + 4 + (vocabulary < 0 ? 12 : 0);
  for (int i = 0; i < count; ++i) file::append(bytes, static_cast<float>(i));
  return bytes;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{seed(3), seed(-3)};
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo::sim::model;
  octavo::fuzz::expect_result_or_error([&] {
    read_llama2c(file::in_memory({reinterpret_cast<const char*>(data), size}));
  });
  return 0;
}
