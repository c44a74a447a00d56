// Writes GGUF files for tests, from what they should hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/file/file_bytes.h"

namespace octavo::sim::file {

class GgufWriter {
 public:
  GgufWriter& number(const std::string& key, std::uint32_t value) { return pair(key, 4, as_bytes(value)); }
  GgufWriter& number(const std::string& key, float value) { return pair(key, 6, as_bytes(value)); }
  GgufWriter& boolean(const std::string& key, bool value) { return pair(key, 7, std::string(1, value ? '\1' : '\0')); }
  GgufWriter& text(const std::string& key, const std::string& value) { return pair(key, 8, as_text(value)); }

  GgufWriter& texts(const std::string& key, const std::vector<std::string>& values) {
    std::string content;
    for (const std::string& value : values) content += as_text(value);
    return array(key, 8, values.size(), content);
  }
  template <class Number>
  GgufWriter& numbers(const std::string& key, std::uint32_t type, const std::vector<Number>& values) {
    std::string content;
    for (const Number value : values) append(content, value);
    return array(key, type, values.size(), content);
  }

  /// Any value: its type's number and its bytes.
  GgufWriter& pair(const std::string& key, std::uint32_t type, const std::string& content) {
    pairs_ += as_text(key) + as_bytes(type) + content;
    ++pair_count_;
    return *this;
  }

  /// `shape` slowest dimension first; `offset` in the data section, by default the next aligned place.
  GgufWriter& tensor(const std::string& name, const std::vector<std::int64_t>& shape, std::uint32_t type,
                     const std::string& content, std::int64_t offset = -1) {
    data_.resize((data_.size() + 31) / 32 * 32);
    infos_ += as_text(name) + as_bytes(static_cast<std::uint32_t>(shape.size()));
    for (auto dimension = shape.rbegin(); dimension != shape.rend(); ++dimension) append(infos_, *dimension);
    infos_ += as_bytes(type) + as_bytes(offset >= 0 ? offset : static_cast<std::int64_t>(data_.size()));
    data_ += content;
    ++tensor_count_;
    return *this;
  }
  GgufWriter& floats(const std::string& name, const std::vector<std::int64_t>& shape,
                     const std::vector<float>& values) {
    std::string content;
    for (const float value : values) append(content, value);
    return tensor(name, shape, 0, content);
  }

  std::string header(std::uint32_t version = 3) const {
    return "GGUF" + as_bytes(version) + as_bytes(tensor_count_) + as_bytes(pair_count_) + pairs_ + infos_;
  }
  std::string file(std::uint32_t version = 3) const {
    std::string bytes = header(version);
    bytes.resize((bytes.size() + 31) / 32 * 32);
    return bytes + data_;
  }

  static std::string as_text(const std::string& value) {
    return as_bytes(static_cast<std::uint64_t>(value.size())) + value;
  }
  template <class Number>
  static std::string as_bytes(Number value) {
    std::string bytes;
    append(bytes, value);
    return bytes;
  }

 private:
  GgufWriter& array(const std::string& key, std::uint32_t type, std::uint64_t count, const std::string& content) {
    return pair(key, 9, as_bytes(type) + as_bytes(count) + content);
  }

  std::string pairs_, infos_, data_;
  std::uint64_t pair_count_ = 0, tensor_count_ = 0;
};

}  // namespace octavo::sim::file
