// Recorded conversions on the one rounding site.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "experiments/replay/emulator.h"
#include "formats/decode.h"
#include "formats/encode.h"
#include "formats/span/quantize.h"
#include "machine/share.h"
#include "messages/error.h"

namespace octavo::experiments::replay {

std::uint32_t convert(const ConversionOperation& operation, std::uint32_t input) {
  double value =
      operation.from ? formats::decode(*operation.from, input) : static_cast<double>(std::bit_cast<float>(input));
  if (operation.relu && value <= 0) value = 0.0;
  return formats::encode(operation.to, operation.rounding, operation.overflow, value);
}

std::uint32_t digest(std::span<const std::uint8_t> outputs) {
  std::uint32_t hash = 2166136261u;
  for (const std::uint8_t output : outputs) hash = (hash ^ output) * 16777619u;
  return hash;
}

namespace {

constexpr std::size_t kLowerHalves = 65536;

std::vector<std::uint32_t> digests(const ConversionOperation& operation, const std::vector<std::uint32_t>& uppers) {
  std::vector<std::uint32_t> all(uppers.size());
  machine::share(static_cast<std::int64_t>(uppers.size()), 100e3, [&](std::int64_t number) {
    const auto i = static_cast<std::size_t>(number);
    std::vector<float> inputs(kLowerHalves);
    std::vector<std::uint8_t> outputs(kLowerHalves);
    for (std::size_t low = 0; low < kLowerHalves; ++low) {
      const auto input = std::bit_cast<float>(uppers[i] << 16 | static_cast<std::uint32_t>(low));
      inputs[low] = operation.relu && input <= 0 ? 0.0f : input;
    }
    if (operation.rounding == formats::Rounding::nearest_even) {
      formats::encode(operation.to, operation.overflow, inputs, 1.0f, outputs);
    } else {
      for (std::size_t low = 0; low < kLowerHalves; ++low)
        outputs[low] = static_cast<std::uint8_t>(
            formats::encode(operation.to, operation.rounding, operation.overflow, inputs[low]));
    }
    all[i] = digest(outputs);
  });
  return all;
}

}  // namespace

std::vector<std::uint32_t> emulate(const ConversionOperation& operation, const store::ConversionCase& data) {
  const auto check = [](const store::Bits& bits, int expected, const char* name) {
    if (bits.width != expected)
      throw Error(fmt::format("{} holds values of {} bits, the operation's have {}", name, bits.width, expected));
  };
  if (data.digests) {
    if (operation.from || operation.to.bits() != 8)
      throw Error("it has digests, which are of conversions from f32 to 8 bits");
    check(data.input, 16, "input");
    check(data.output, 32, "digest");
    return digests(operation, data.input.values);
  }
  check(data.input, operation.input_bits(), "input");
  check(data.output, operation.output_bits(), "output");
  std::vector<std::uint32_t> output;
  for (const std::uint32_t input : data.input.values) output.push_back(convert(operation, input));
  return output;
}

}  // namespace octavo::experiments::replay
