// Bytes of files, made in memory: what test files and fuzzers' seeds are put together from.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "sim/file/mapped_file.h"

namespace octavo::sim::file {

/// Appends the bytes of a number, little-endian as this machine is.
template <class Number>
void append(std::string& bytes, Number value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// A file that never was one: `bytes` in memory of exactly their size, so that a sanitizer sees the first byte beyond.
inline FileBytes in_memory(const std::string& bytes, std::string name = "memory") {
  std::shared_ptr<char[]> copy(new char[bytes.size()]);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return {std::move(name), std::as_bytes(std::span(copy.get(), bytes.size())), copy};
}

}  // namespace octavo::sim::file
