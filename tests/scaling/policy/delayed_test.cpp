// Delayed scaling against an independent program of Transformer Engine's rule (tests/oracle/delayed_scaling.py).
#include "scaling/policy/delayed.h"

#include <gtest/gtest.h>

#include <bit>
#include <fstream>
#include <sstream>
#include <string>

#include "formats/catalog.h"
#include "tests/shared_data.h"

namespace octavo::scaling {
namespace {

float of_bits(const std::string& text) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(std::stoul(text, nullptr, 16)));
}

TEST(Delayed, HasTheScalesOfTransformerEngine) {
  std::ifstream file(OCTAVO_SOURCE "/tests/golden/delayed-scaling.txt");
  ASSERT_TRUE(file);
  formats::Spec format;
  Delayed policy;
  AmaxHistory past;
  int histories = 0, scales = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string first, second, third;
    words >> first >> second >> third;
    if (first == "#") continue;
    if (first == "delayed") {
      std::string algorithm;
      words >> algorithm >> policy.margin;
      format = formats::spec(second);
      policy.history = std::stoi(third);
      policy.algorithm = algorithm == "max" ? AmaxAlgorithm::max : AmaxAlgorithm::most_recent;
      past = {};
      ++histories;
      continue;
    }
    for (int i = std::stoi(second); i > 0; --i) policy.advance(format, past, of_bits(first));
    EXPECT_EQ(past.scale.factor, of_bits(third)) << histories << ": " << line;
    ++scales;
  }
  EXPECT_EQ(histories, 6);
  EXPECT_EQ(scales, 212);
}

}  // namespace
}  // namespace octavo::scaling
