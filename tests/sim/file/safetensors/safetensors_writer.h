// Writes safetensors files for tests, from what they should hold.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/file/file_bytes.h"

namespace octavo::sim::file {

/// The 8-byte length, `json`, and the data behind it.
inline std::string safetensors_bytes(const std::string& json, const std::string& data) {
  std::string bytes;
  append(bytes, static_cast<std::uint64_t>(json.size()));
  return bytes + json + data;
}

class SafetensorsWriter {
 public:
  SafetensorsWriter& tensor(const std::string& name, const std::string& dtype, const std::vector<std::int64_t>& shape,
                            const std::string& content) {
    entry(name, dtype, shape, size_, size_ + content.size());
    size_ += content.size();
    data_ += content;
    return *this;
  }
  SafetensorsWriter& floats(const std::string& name, const std::vector<std::int64_t>& shape,
                            const std::vector<float>& values) {
    std::string content;
    for (const float value : values) append(content, value);
    return tensor(name, "F32", shape, content);
  }

  /// An entry with offsets of its own and no data.
  SafetensorsWriter& entry(const std::string& name, const std::string& dtype, const std::vector<std::int64_t>& shape,
                           std::uint64_t begin, std::uint64_t end) {
    entries_.push_back(fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", name, dtype,
                                   fmt::join(shape, ","), begin, end));
    return *this;
  }

  /// The header, padded with spaces so that the data behind it is aligned to 8 bytes.
  std::string json() const {
    std::string text = fmt::format("{{{}}}", fmt::join(entries_, ","));
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  }
  std::string file() const { return safetensors_bytes(json(), data_); }

 private:
  std::vector<std::string> entries_;
  std::string data_;
  std::uint64_t size_ = 0;
};

}  // namespace octavo::sim::file
