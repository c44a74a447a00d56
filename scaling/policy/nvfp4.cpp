// Many blocks at once.
#include "scaling/policy/nvfp4.h"

#include <array>

namespace octavo::scaling {
namespace {

constexpr std::size_t kAtATime = 256;

}  // namespace

void Nvfp4::block_codes(const formats::Spec& format, float whole, std::span<const formats::MeasuredAmax> amaxes,
                        std::span<std::uint8_t> codes) {
  const float to_code = whole * (1.0F / static_cast<float>(max_of(format)));
  for (std::size_t first = 0; first < amaxes.size(); first += kAtATime) {
    const std::size_t count = std::min(kAtATime, amaxes.size() - first);
    std::array<float, kAtATime> values;
    for (std::size_t i = 0; i < count; ++i) values[i] = amaxes[first + i].value;
    formats::encode(formats::e4m3, formats::Overflow::saturate, {values.data(), count}, to_code,
                    codes.subspan(first, count));
  }
  for (std::uint8_t& code : codes) code = std::max<std::uint8_t>(1, code);
}

void Nvfp4::scales(const formats::Spec& format, std::span<const formats::MeasuredAmax> amaxes,
                   const formats::MeasuredAmax& tensor, std::span<Scale> result) const {
  const float whole = tensor_factor(format, tensor);
  std::array<Scale, 128> of_code;
  for (std::uint32_t code = 1; code <= formats::e4m3.max_code(); ++code) {
    const float inverse = static_cast<float>(formats::decode(formats::e4m3, code)) * (1.0F / whole);
    const float kept = std::clamp(inverse, 0x1p-127F, 0x1p127F);
    of_code[code] = {1.0F / kept, kept};
  }
  for (std::size_t first = 0; first < amaxes.size(); first += kAtATime) {
    const std::size_t count = std::min(kAtATime, amaxes.size() - first);
    std::array<std::uint8_t, kAtATime> codes;
    block_codes(format, whole, amaxes.subspan(first, count), {codes.data(), count});
    for (std::size_t i = 0; i < count; ++i) result[first + i] = of_code[codes[i]];
  }
}

}  // namespace octavo::scaling
