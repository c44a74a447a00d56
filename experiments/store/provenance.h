// Where a result comes from: the program that computed it, and digests of what it read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace octavo::experiments::store {

/// What built this program. `git_commit` ends in -dirty if tracked files differed from it, and is `unknown` outside
/// git.
struct Build {
  std::string program_version;
  std::string git_commit;
  std::string compiler;
  std::string compiler_flags;
};
const Build& build();

/// SHA-256 (FIPS 180-4) of bytes given piece by piece.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

  /// 64 lower-case hexadecimal digits; nothing may follow.
  std::string hex();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

std::string sha256(std::span<const std::byte> bytes);

/// Of a file from byte `from` on, read in pieces. Throws Error if it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path, std::uint64_t from = 0);

/// SHA-256 of the strings, each preceded by its length, so that no two lists give the same bytes.
std::string sha256_of_texts(std::span<const std::string> texts);

}  // namespace octavo::experiments::store
