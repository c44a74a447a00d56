// Numbers of recorded cases in datasets.
#include "experiments/store/hdf5/bits.h"

#include <fmt/format.h>

#include <bit>

#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

template <class T>
std::vector<std::uint32_t> widened(const std::vector<T>& values) {
  std::vector<std::uint32_t> bits;
  bits.reserve(values.size());
  for (const T& value : values) {
    if constexpr (sizeof(T) == 4)
      bits.push_back(std::bit_cast<std::uint32_t>(value));
    else if constexpr (sizeof(T) == 2)
      bits.push_back(std::bit_cast<std::uint16_t>(value));
    else
      bits.push_back(value);
  }
  return bits;
}

}  // namespace

void refuse(const Group& group, const std::string& why) {
  throw Error(fmt::format("cannot read {}: {}", group.where(), why));
}

void require(const Group& group, const std::string& dataset) {
  if (!group.has(dataset))
    refuse(group, fmt::format("it has no dataset '{}'; see CASES.h5 in docs/hdf5-schema.md", dataset));
}

Bits read_bits(const Group& group, const std::string& name, const Shape& shape) {
  require(group, name);
  switch (group.number_type(name).value_or(Type::text)) {
    case Type::uint8:
      return {8, widened(group.read<std::uint8_t>(name, shape))};
    case Type::uint16:
      return {16, widened(group.read<std::uint16_t>(name, shape))};
    case Type::float16:
      return {16, widened(group.read<Half>(name, shape))};
    case Type::uint32:
      return {32, widened(group.read<std::uint32_t>(name, shape))};
    case Type::float32:
      return {32, widened(group.read<float>(name, shape))};
    default:
      refuse(group, fmt::format("the elements of '{}' are neither float32 nor float16 nor their bits as uint32, uint16 "
                                "or uint8",
                                name));
  }
}

void write_bits(const Group& group, const std::string& name, const Bits& bits, const Shape& shape, bool bf16) {
  if (bits.width == 16 && bf16) {
    group.write<std::uint16_t>(name, std::vector<std::uint16_t>(bits.values.begin(), bits.values.end()), shape);
  } else if (bits.width == 8) {
    group.write<std::uint8_t>(name, std::vector<std::uint8_t>(bits.values.begin(), bits.values.end()), shape);
  } else if (bits.width == 16) {
    std::vector<Half> halves;
    for (const std::uint32_t value : bits.values) halves.push_back({static_cast<std::uint16_t>(value)});
    group.write<Half>(name, halves, shape);
  } else {
    std::vector<float> floats;
    for (const std::uint32_t value : bits.values) floats.push_back(std::bit_cast<float>(value));
    group.write<float>(name, floats, shape);
  }
}

}  // namespace octavo::experiments::store
