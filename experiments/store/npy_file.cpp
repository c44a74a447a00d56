// The header of version 1.0 and the bytes.
#include "experiments/store/npy_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <string>
#include <string_view>

#include "experiments/store/replacement.h"
#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

void write(const std::filesystem::path& path, std::string_view type, std::span<const std::byte> bytes,
           const std::vector<std::int64_t>& shape) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", type,
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  header.append(63 - (header.size() + 10) % 64, ' ');
  header += '\n';
  Replacement replacement(path);
  std::ofstream file(replacement.temporary(), std::ios::binary);
  file.write("\x93NUMPY\x01\x00", 8);
  const std::size_t length = header.size();
  file.put(static_cast<char>(length & 0xFF)).put(static_cast<char>(length >> 8));
  file << header;
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw Error(fmt::format("cannot write {}; check the free space of its folder", path.string()));
  replacement.commit();
}

}  // namespace

void write_npy(const std::filesystem::path& path, std::span<const float> values,
               const std::vector<std::int64_t>& shape) {
  write(path, "<f4", std::as_bytes(values), shape);
}

void write_npy(const std::filesystem::path& path, std::span<const std::uint8_t> values,
               const std::vector<std::int64_t>& shape) {
  write(path, "|u1", std::as_bytes(values), shape);
}

}  // namespace octavo::experiments::store
