// octavo_codes: codes of floats, for tests/oracle/formats.py to compare with other software's.
#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "formats/catalog.h"
#include "formats/encode.h"
#include "formats/span/cast.h"
#include "messages/error.h"

namespace {

using namespace octavo::formats;

Rounding rounding_named(std::string_view name) {
  constexpr std::string_view kNames[] = {"nearest_even", "nearest_away", "toward_zero", "up",
                                         "down",         "to_odd",       "stochastic"};
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if (kNames[i] == name) return static_cast<Rounding>(i);
  throw octavo::Error("unknown rounding '" + std::string(name) + "'");
}

bool read(void* to, std::size_t bytes) { return std::fread(to, 1, bytes, stdin) == bytes; }

}  // namespace

/// Requests on the standard input: a count and as many floats; or 0, the bits of a first float, and how many follow it.
/// Answers: codes as bytes; of a format of more than 8 bits, under a convention, values as floats.
int main(int argc, char** argv) try {
  if (argc != 3 && argc != 4 && argc != 6) {
    fmt::print(stderr,
               "usage: octavo_codes FORMAT CONVENTION\n       octavo_codes FORMAT ROUNDING OVERFLOW [RANDOM N]\n");
    return 2;
  }
  const Spec format = spec(argv[1]);
  std::vector<float> x;
  std::vector<std::uint8_t> codes;
  std::vector<float> values;
  for (std::uint32_t count = 0; read(&count, sizeof count);) {
    if (count != 0) {
      x.resize(count);
      if (!read(x.data(), count * sizeof(float))) return 1;
    } else {
      std::uint32_t range[2];
      if (!read(range, sizeof range)) return 1;
      x.resize(range[1]);
      for (std::uint32_t i = 0; i < range[1]; ++i) x[i] = std::bit_cast<float>(range[0] + i);
    }
    if (argc == 3 && format.bits() > 8) {
      values.resize(x.size());
      quantize(ElementCast{.format = format, .overflow = convention(argv[2]).overflow}, x, values);
      std::fwrite(values.data(), sizeof(float), values.size(), stdout);
      std::fflush(stdout);
      continue;
    }
    codes.resize(x.size());
    if (argc == 3) {
      encode(format, convention(argv[2]), x, codes);
    } else {
      const Overflow overflow = std::string_view(argv[3]) == "saturate" ? Overflow::saturate : Overflow::special;
      RandomBits random;
      if (argc == 6) random = {static_cast<std::uint32_t>(std::stoul(argv[4])), std::stoi(argv[5])};
      for (std::size_t i = 0; i < x.size(); ++i)
        codes[i] = static_cast<std::uint8_t>(encode(format, rounding_named(argv[2]), overflow, x[i], random));
    }
    std::fwrite(codes.data(), 1, codes.size(), stdout);
    std::fflush(stdout);
  }
} catch (const std::exception& failure) {
  fmt::print(stderr, "octavo_codes: {}\n", failure.what());
  return 1;
}
