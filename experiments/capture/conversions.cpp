// Recorded conversions on the one rounding site.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "experiments/capture/emulator.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/error.h"

namespace octavo::experiments::capture {

std::uint32_t convert(const ConversionOperation& operation, std::uint32_t input) {
  double value =
      operation.from ? formats::decode(*operation.from, input) : static_cast<double>(std::bit_cast<float>(input));
  if (operation.relu && value <= 0) value = 0.0;
  return formats::encode(operation.to, operation.rounding, operation.overflow, value);
}

std::vector<std::uint32_t> emulate(const ConversionOperation& operation, const store::ConversionCase& data) {
  const auto check = [](const store::Bits& bits, int expected, const char* name) {
    if (bits.width != expected)
      throw Error(fmt::format("{} holds values of {} bits, the operation's have {}", name, bits.width, expected));
  };
  check(data.input, operation.input_bits(), "input");
  check(data.output, operation.output_bits(), "output");
  std::vector<std::uint32_t> output;
  for (const std::uint32_t input : data.input.values) output.push_back(convert(operation, input));
  return output;
}

}  // namespace octavo::experiments::capture
