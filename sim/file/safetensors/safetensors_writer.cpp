// Header and data, one write after the other.
#include "sim/file/safetensors/safetensors_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "messages/error.h"

namespace octavo::sim::file {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

/// A file that is removed again unless it was closed.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& path)
      : path_(path), descriptor_(open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail(errno);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    unlink(path_.c_str());
  }

  void write(const void* data, std::size_t bytes) {
    const char* at = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t written = ::write(descriptor_, at, bytes);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail(written < 0 ? errno : ENOSPC);
      at += written;
      bytes -= static_cast<std::size_t>(written);
    }
  }

  void close() {
    if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0) fail(errno);
  }

 private:
  [[noreturn]] void fail(int code) {
    throw Error(fmt::format("cannot write {}: {}; check the free space and the permissions of its folder",
                            path_.string(), std::strerror(code)));
  }

  std::filesystem::path path_;
  int descriptor_;
};

std::span<const std::byte> bytes_of(const StoredTensor& tensor) {
  struct Bytes {
    std::span<const std::byte> operator()(std::span<const float> values) const { return std::as_bytes(values); }
    std::span<const std::byte> operator()(std::span<const double> values) const { return std::as_bytes(values); }
    std::span<const std::byte> operator()(const StoredBytes& stored) const { return std::as_bytes(stored.bytes); }
  };
  return std::visit(Bytes{}, tensor.values);
}

std::string type_of(const StoredTensor& tensor) {
  if (const auto* stored = std::get_if<StoredBytes>(&tensor.values)) return stored->dtype;
  return tensor.values.index() == 0 ? "F32" : "F64";
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const StoredTensor& tensor : tensors) {
    const std::size_t end = offset + bytes_of(tensor).size();
    header[tensor.name] = {{"dtype", type_of(tensor)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the data are aligned
  const std::uint64_t length = text.size();
  NewFile file(path);
  file.write(&length, sizeof length);
  file.write(text.data(), text.size());
  for (const StoredTensor& tensor : tensors) file.write(bytes_of(tensor).data(), bytes_of(tensor).size());
  file.close();
}

void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  NewFile file(path);
  file.write(bytes.data(), bytes.size());
  file.close();
}

}  // namespace octavo::sim::file
