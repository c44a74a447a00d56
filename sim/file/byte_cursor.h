// Walks over the bytes of a file that may lie about their number.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/mapped_file.h"

namespace octavo::sim::file {

/// Every read is checked against the end of the file and throws Error with the offset and `what` was being read.
class ByteCursor {
 public:
  explicit ByteCursor(const FileBytes& file) : file_(file) {}

  std::uint64_t offset() const { return offset_; }

  std::span<const std::byte> take(std::uint64_t count, std::string_view what) {
    if (count > file_.bytes.size() - offset_) {
      throw Error(
          fmt::format("{}: {} at byte {} asks for {} bytes, but only {} are left; the file is truncated or damaged",
                      messages::printable(file_.name), what, offset_, count, file_.bytes.size() - offset_));
    }
    const auto taken = file_.bytes.subspan(static_cast<std::size_t>(offset_), static_cast<std::size_t>(count));
    offset_ += count;
    return taken;
  }

  template <class Number>
  Number read(std::string_view what) {
    Number value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

 private:
  const FileBytes& file_;
  std::uint64_t offset_ = 0;
};

}  // namespace octavo::sim::file
