// Read-only memory maps through POSIX.
#include "sim/file/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/stand_in.h"

namespace octavo::sim::file {
namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

FileBytes map_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  const auto refuse = [&](std::string_view why) {
    throw Error(fmt::format("cannot read {}: {}", messages::printable(name), why));
  };
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const Descriptor file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) refuse(errno == ENOENT ? "no such file; check the path" : std::strerror(errno));
  struct stat status {};
  if (::fstat(file.number, &status) != 0) refuse(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) refuse("it is a directory, not a file");
  if (!S_ISREG(status.st_mode)) refuse("it is not a regular file");
  if (status.st_size == 0) refuse("the file is empty; was its download or copy interrupted?");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) refuse(std::strerror(errno));
  std::shared_ptr<const void> owner(address, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  refuse_stand_in({static_cast<const char*>(address), size}, name);
  return {name, {static_cast<const std::byte*>(address), size}, std::move(owner)};
}

}  // namespace octavo::sim::file
