// Digests of operands, and cases without them.
#include "experiments/store/cases/origin.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <regex>
#include <span>
#include <string_view>
#include <vector>

#include "experiments/store/cases/cases.h"
#include "experiments/store/provenance.h"

namespace octavo::experiments::store {
namespace {

/// Numbers little-endian, whatever the machine.
class Digest {
 public:
  void number(std::uint64_t value, int bytes = 8) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFFu);
    sha_.update(text);
  }
  void text(std::string_view text) {
    number(text.size());
    sha_.update(text);
  }
  void codes(const std::vector<std::uint8_t>& codes) {
    number(codes.size());
    sha_.update(std::as_bytes(std::span(codes)));
  }
  void bits(const Bits& bits) {
    number(static_cast<std::uint64_t>(bits.width));
    number(bits.values.size());
    for (const std::uint32_t value : bits.values) number(value, 4);
  }
  void scale(float value) { number(std::bit_cast<std::uint32_t>(value), 4); }
  void scales(const std::vector<float>& values) {
    number(values.size());
    for (const float value : values) scale(value);
  }
  std::string hex() { return sha_.hex(); }

 private:
  Sha256 sha_;
};

void add_call(Digest& digest, const LibraryCall& call) {
  digest.text(call.output);
  for (const float value : {call.alpha, call.beta, call.c_scale, call.d_scale}) digest.scale(value);
  digest.text(name(call.a_mode));
  digest.text(name(call.b_mode));
  digest.scales(call.a_scales);
  digest.scales(call.b_scales);
  digest.bits(call.bias.value_or(Bits{}));
  digest.number(call.amax ? 1 : 0);  // whether it was asked for
}

}  // namespace

std::string to_string(const Origin& origin) {
  return fmt::format("family {}, seed {}, count {}, target {}", origin.family, origin.seed, origin.count,
                     origin.target);
}

std::optional<Origin> parse_origin(const std::string& text) {
  static const std::regex form("family (\\w{1,40}), seed (\\d{1,20}), count (\\d{1,18}), target (\\w{1,40})");
  std::smatch parts;
  if (text.size() > 200 || !std::regex_match(text, parts, form)) return std::nullopt;
  Origin origin{
      .family = parts[1], .seed = 0, .count = std::stoll(parts[3]), .target = parts[4], .operands_sha256 = {}};
  const std::string seed = parts[2];
  if (std::from_chars(seed.data(), seed.data() + seed.size(), origin.seed).ec != std::errc()) return std::nullopt;
  return origin;
}

std::string operands_sha256(const Case& one) {
  Digest digest;
  digest.text(one.operation);
  if (const auto* conversion = std::get_if<ConversionCase>(&one.data)) {
    digest.bits(conversion->input);
    digest.number(conversion->digests ? 1 : 0);
    return digest.hex();
  }
  const auto& data = std::get<ProductCase>(one.data);
  digest.text(data.a_format);
  digest.text(data.b_format);
  digest.text(data.layout == CaseLayout::gemm ? "gemm" : "dots");
  for (const std::int64_t extent : {data.a_rows, data.b_rows, data.depth})
    digest.number(static_cast<std::uint64_t>(extent));
  digest.number(data.promotion ? static_cast<std::uint64_t>(*data.promotion) + 1 : 0);
  digest.codes(data.a);
  digest.codes(data.b);
  digest.bits(data.c.value_or(Bits{}));
  digest.codes(data.selected);
  digest.number(data.call ? 1 : 0);
  if (data.call) add_call(digest, *data.call);
  return digest.hex();
}

void drop_operands(Case& one) {
  one.answers_only = true;
  if (auto* conversion = std::get_if<ConversionCase>(&one.data)) {
    conversion->input.values.clear();
    return;
  }
  auto& data = std::get<ProductCase>(one.data);
  data.a.clear();
  data.b.clear();
  data.c.reset();
  data.selected.clear();
  if (data.call) data.call = LibraryCall{.output = data.call->output, .amax = data.call->amax};
}

}  // namespace octavo::experiments::store
