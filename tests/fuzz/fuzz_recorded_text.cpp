// Feeds arbitrary bytes to the reader of recorded results in text form.
#include <sstream>

#include "experiments/replay/recorded_text.h"
#include "tests/fuzz/seeded.h"

namespace {

std::string seed(const std::string& types, const std::string& instruction) {
  const std::string header =
      "# hardware=H100 types=" + types + " instruction=" + instruction + "; source measured\n# a b c d\n";
  return header + "3738aa3b 31b22d29 3e93ca5a 40727c00\n" + "a824b289 38333797 00000000 c0800000\n";
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned random) {
  static const std::vector<std::string> seeds{
      seed("E4M3.E4M3", "wgmma m64nNk32 (C=0: the c column is NOT used)"), seed("E5M2.E4M3", "wgmma m64nNk32"),
      seed("E5M2.E5M2", "mma.sync m16n8k32.f16"), seed("E4M3.E5M2", "mma.sync m16n8k32.f32")};
  return octavo::fuzz::mutate_or_seed(data, size, max_size, random, seeds);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo::experiments;
  octavo::fuzz::expect_result_or_error([&] {
    std::istringstream text(std::string(reinterpret_cast<const char*>(data), size));
    const store::Case recorded = replay::read_recorded_text(text, "fuzzed.txt");
    const auto& products = std::get<store::ProductCase>(recorded.data);
    const auto rows = static_cast<std::size_t>(products.a_rows);
    if (products.a.size() != rows * static_cast<std::size_t>(products.depth) || products.d.values.size() != rows)
      std::abort();  // what it accepts is whole
  });
  return 0;
}
