// Writes .npy files for tests, from what they should hold.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace octavo::sim::file {

/// Version 1: the header as NumPy pads it, then the values as they are in memory.
template <class T>
std::string npy_bytes(std::string_view type, std::string_view shape, const std::vector<T>& values,
                      std::string_view fortran_order = "False") {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", type, fortran_order, shape);
  header.append(63 - (header.size() + 10) % 64, ' ') += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  for (int i = 0; i < 2; ++i) bytes.push_back(static_cast<char>(header.size() >> 8 * i));
  bytes += header;
  return bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

}  // namespace octavo::sim::file
