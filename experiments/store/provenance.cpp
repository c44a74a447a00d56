// Digests by OpenSSL's libcrypto, and what CMake wrote down about the build.
#include "experiments/store/provenance.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/types.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "messages/error.h"
#include "octavo_git_commit.h"

namespace octavo::experiments::store {

const Build& build() {
  static const Build build{OCTAVO_VERSION, OCTAVO_GIT_COMMIT, OCTAVO_COMPILER, OCTAVO_COMPILER_FLAGS};
  return build;
}

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr) != 1)
    throw Error("OpenSSL offers no SHA-256; check its configuration (openssl list -digest-algorithms)");
}

void Sha256::update(std::span<const std::byte> bytes) {
  [[maybe_unused]] const int done =
      EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size());
  assert(done == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned bytes = 0;
  [[maybe_unused]] const int done = EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), digest.data(), &bytes);
  assert(done == 1);
  std::string hex;
  for (unsigned i = 0; i < bytes; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 sha;
  sha.update(bytes);
  return sha.hex();
}

std::string sha256_of_file(const std::filesystem::path& path, std::uint64_t from) {
  const auto fail = [&] {
    throw Error(fmt::format("cannot read {}: {}; check the path", path.string(), std::strerror(errno)));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file || fseeko(file.get(), static_cast<off_t>(from), SEEK_SET) != 0) fail();
  Sha256 sha;
  std::vector<std::byte> piece(std::size_t{1} << 18);
  while (const std::size_t bytes = std::fread(piece.data(), 1, piece.size(), file.get()))
    sha.update(std::span(piece).first(bytes));
  if (std::ferror(file.get()) != 0) fail();
  return sha.hex();
}

std::string sha256_of_texts(std::span<const std::string> texts) {
  Sha256 sha;
  for (const std::string& text : texts) {
    std::array<std::byte, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i)
      length[i] = static_cast<std::byte>(static_cast<std::uint64_t>(text.size()) >> (8 * i));
    sha.update(length);
    sha.update(text);
  }
  return sha.hex();
}

}  // namespace octavo::experiments::store
