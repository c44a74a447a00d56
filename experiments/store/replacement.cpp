// Reserving a name, making it durable, renaming it.
#include "experiments/store/replacement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <vector>

#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int code) {
  throw Error(fmt::format("cannot write {}: {}; check the free space and the permissions of its folder", path.string(),
                          std::strerror(code)));
}

std::string host() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

constexpr const char* kMark = ".tmp-";

/// fsync of a file or a folder; some file systems cannot sync folders, and then nothing more can be done.
void sync(const fs::path& path, bool folder) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | (folder ? O_DIRECTORY : 0));
  const bool failed = descriptor < 0 || fsync(descriptor) != 0;
  const int code = errno;
  if (descriptor >= 0) close(descriptor);
  if (failed && !folder) fail(path, code);
}

/// The file that a chain of symbolic links ends at, which need not exist; `path` itself if it is no link.
fs::path link_target(fs::path path) {
  constexpr int kLongestChain = 40;  // as Linux limits it
  std::error_code code;
  for (int links = 0; fs::is_symlink(fs::symlink_status(path, code)); ++links) {
    if (links == kLongestChain) fail(path, ELOOP);
    const fs::path target = fs::read_symlink(path, code);
    if (code) fail(path, code.value());
    path = folder_of(path) / target;  // an absolute target stands alone
  }
  return path;
}

}  // namespace

Replacement::Replacement(fs::path destination) : destination_(link_target(std::move(destination))) {
  const std::string prefix = destination_.filename().string() + kMark + host() + '-';
  for (int n = 0;; ++n) {
    temporary_ = folder_of(destination_) / (prefix + fmt::format("{}-{}", getpid(), n));
    const int descriptor = open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      close(descriptor);
      return;
    }
    if (errno != EEXIST) fail(destination_, errno);
  }
}

Replacement::~Replacement() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void Replacement::commit() {
  sync(temporary_, false);
  if (std::rename(temporary_.c_str(), destination_.c_str()) != 0) fail(destination_, errno);
  temporary_.clear();
  sync(folder_of(destination_), true);
}

void remove_leftovers(const fs::path& folder, const std::string& stem) {
  const std::string mark = kMark + host() + '-';
  std::error_code code;
  std::vector<fs::path> dead;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    const std::size_t at = name.rfind(mark);
    if (at == std::string::npos || (!stem.empty() && name.substr(0, at) != stem)) continue;
    pid_t process = 0;
    const char* last = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + at + mark.size(), last, process);
    const bool ours = error == std::errc() && rest != last && *rest == '-' && process > 0;
    if (ours && kill(process, 0) != 0 && errno == ESRCH) dead.push_back(entry->path());
  }
  for (const fs::path& path : dead) fs::remove(path, code);
}

bool is_temporary(const std::string& name) { return name.find(kMark) != std::string::npos; }

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void check_destination(const fs::path& out, Existing policy) {
  std::error_code code;
  const fs::file_status status = fs::status(out, code);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw Error(fmt::format("cannot write {}: it is not an ordinary file; choose another --out", out.string()));
  if (fs::exists(status) && policy == Existing::refuse)
    throw Error(fmt::format("{} exists already; choose another --out, or replace it with --force", out.string()));
  if (!fs::exists(status) && code && code != std::errc::no_such_file_or_directory) fail(out, code.value());
  if (!fs::is_directory(folder_of(out), code))
    throw Error(
        fmt::format("cannot write {}: its folder does not exist; create {}", out.string(), folder_of(out).string()));
}

}  // namespace octavo::experiments::store
