// Parsing recorded results.
#include "experiments/replay/recorded_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <fstream>
#include <istream>
#include <optional>
#include <string_view>
#include <utility>

#include "experiments/replay/emulator.h"
#include "formats/encode.h"
#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::experiments::replay {
namespace {

/// The PTX target whose compilation of mma.sync the GPU runs.
std::string_view target(std::string_view gpu) {
  struct Entry {
    std::string_view gpu, target;
  };
  constexpr std::array<Entry, 5> kGpus{
      Entry{"H100", "sm90"}, {"H200", "sm90"}, {"B200", "sm100"}, {"Ada", "sm89"}, {"L40S", "sm89"}};
  const auto found = std::ranges::find(kGpus, gpu, &Entry::gpu);
  return found == kGpus.end() ? std::string_view{} : found->target;
}

class Reader {
 public:
  Reader(std::istream& text, const std::filesystem::path& path) : path_(path), text_(text) {}

  store::Case read() {
    std::string line;
    while (next(line) && line.starts_with('#'))
      if (operation_.empty()) header(line);
    if (operation_.empty()) fail("no line says hardware=..., types=... and instruction=... before the first result");
    store::Case result{path_.stem().string(), operation_, source_, {}};
    store::ProductCase data;
    data.a_format = a_format_;
    data.b_format = b_format_;
    data.d.width = f16_ ? 16 : 32;
    if (uses_c_) data.c = store::Bits{data.d.width, {}};
    for (bool more = !line.empty() || !text_.eof(); more; more = next(line))
      if (!line.empty() && line[0] != '#') add(line, data);
    if (data.a_rows == 0) fail("holds no result");
    result.data = std::move(data);
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(fmt::format("{}:{}: {}", messages::printable(path_.string()), line_, why));
  }

  bool next(std::string& line) {
    line.clear();
    if (!std::getline(text_, line)) return false;
    ++line_;
    if (line.ends_with('\r')) line.pop_back();
    return true;
  }

  /// What follows `key` in a comment, up to the first of `stop`.
  static std::string_view value(std::string_view line, std::string_view key, std::string_view stop) {
    const std::size_t at = line.find(key);
    if (at == line.npos) return {};
    const std::string_view rest = line.substr(at + key.size());
    return rest.substr(0, rest.find_first_of(stop));
  }

  void header(const std::string& line) {
    const std::string_view gpu = value(line, "hardware=", " ");
    const std::string_view types = value(line, "types=", " ");
    const std::string_view instruction = value(line, "instruction=", ";");
    if (gpu.empty() || types.empty() || instruction.empty()) return;
    const std::size_t dot = types.find('.');
    if (dot == types.npos) fail(fmt::format("types={}: give A.B, such as E4M3.E5M2", messages::printable(types)));
    const auto lower = [](std::string_view text) {
      std::string result(text);
      std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
      return result;
    };
    a_format_ = lower(types.substr(0, dot));
    b_format_ = lower(types.substr(dot + 1));
    f16_ = instruction.find(".f16") != instruction.npos;
    uses_c_ = instruction.find("NOT used") == instruction.npos;
    const char* accumulator = f16_ ? "f16" : "f32";
    if (instruction.starts_with("wgmma m64nNk32")) {
      operation_ = fmt::format("wgmma.m64n8k32.{}.{}.{}", accumulator, a_format_, b_format_);
    } else if (instruction.starts_with("mma.sync m16n8k32")) {
      if (target(gpu).empty())
        fail(fmt::format("hardware={}: unknown; H100, H200, B200, Ada and L40S are known", messages::printable(gpu)));
      operation_ = fmt::format("mma.m16n8k32.{}.{}.{}.{}", accumulator, a_format_, b_format_, target(gpu));
    } else {
      fail(fmt::format("instruction {}: unknown; wgmma m64nNk32 and mma.sync m16n8k32 are known",
                       messages::printable(instruction)));
    }
    const std::string_view origin = value(line, "; source ", "\n");
    source_ = fmt::format("{}{}{}", gpu, origin.empty() ? "" : "; ", origin);
  }

  /// Removes a word of hexadecimal digits from the front of `rest`.
  std::string_view word(std::string_view& rest, const char* what) const {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view digits = rest.substr(0, rest.find(' '));
    rest.remove_prefix(digits.size());
    if (digits.empty() || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos)
      fail(fmt::format("{} is {}; give hexadecimal digits: a b c d", what, messages::printable(digits)));
    return digits;
  }

  static std::uint32_t number(std::string_view digits) {
    std::uint32_t result = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), result, 16);
    return result;
  }

  std::uint32_t number(std::string_view& rest, const char* what) const {
    const std::string_view digits = word(rest, what);
    if (digits.size() != 8) fail(fmt::format("{} has {} digits; give the 8 of binary32 bits", what, digits.size()));
    return number(digits);
  }

  void codes(std::string_view& rest, const char* what, std::int64_t& depth, std::vector<std::uint8_t>& to) const {
    const std::string_view digits = word(rest, what);
    if (depth == 0 && digits.size() % 2 == 0) depth = static_cast<std::int64_t>(digits.size() / 2);
    if (std::cmp_not_equal(digits.size(), 2 * depth))
      fail(fmt::format("{} has {} digits; every row of codes in a file has the same even number", what, digits.size()));
    for (std::size_t i = 0; i < digits.size(); i += 2)
      to.push_back(static_cast<std::uint8_t>(number(digits.substr(i, 2))));
  }

  void add(std::string_view rest, store::ProductCase& data) const {
    codes(rest, "a", data.depth, data.a);
    codes(rest, "b", data.depth, data.b);
    const std::uint32_t c = number(rest, "c");
    const std::uint32_t d = number(rest, "d");
    if (rest.find_first_not_of(' ') != rest.npos) fail("more than a, b, c and d is on the line");
    const auto f16 = [](std::uint32_t bits) {
      return formats::encode(formats::fp16, formats::Rounding::nearest_even, formats::Overflow::special,
                             std::bit_cast<float>(bits));
    };
    if (data.c) data.c->values.push_back(f16_ ? f16(c) : c);
    const std::optional<std::uint32_t> result = f16_ ? f16_code(d) : std::optional(d);
    if (!result) fail(fmt::format("d is {:08x}, which is no f16 value", d));
    data.d.values.push_back(*result);
    ++data.a_rows;
    ++data.b_rows;
  }

  std::filesystem::path path_;
  std::istream& text_;
  int line_ = 0;
  std::string operation_;
  std::string a_format_;
  std::string b_format_;
  std::string source_;
  bool f16_ = false;
  bool uses_c_ = true;
};

}  // namespace

store::Case read_recorded_text(std::istream& text, const std::filesystem::path& path) {
  return Reader(text, path).read();
}

store::Case read_recorded_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw Error(fmt::format("{}: cannot be read; check the path", messages::printable(path.string())));
  return read_recorded_text(file, path);
}

}  // namespace octavo::experiments::replay
