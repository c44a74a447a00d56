// Digests against published values, and what the build says of itself.
#include "experiments/store/provenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::store {
namespace {

std::string sha256_of(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

TEST(Sha256, AgreesWithThePublishedExamples) {  // NIST, "SHA-256 examples", and FIPS 180-2 appendix B
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TemporaryFolder folder;
  const std::string bytes(1000001, 'x');
  write_bytes(folder / "file", bytes);
  EXPECT_EQ(sha256_of_file(folder / "file"), sha256_of(bytes));
  EXPECT_EQ(sha256_of_file(folder / "file", 1), sha256_of(bytes.substr(1)));
  const auto message = [](const std::filesystem::path& path) -> std::string {
    try {
      sha256_of_file(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message(folder / "absent"), testing::HasSubstr("absent: No such file or directory"));
  EXPECT_THAT(message(folder.path()), testing::HasSubstr("Is a directory"));
}

TEST(Sha256, OfTextsTellsListsApartThatJoinAlike) {
  const auto of = [](std::vector<std::string> parts) { return sha256_of_texts(parts); };
  EXPECT_EQ(of({"ab", "c"}), of({"ab", "c"}));
  EXPECT_NE(of({"ab", "c"}), of({"a", "bc"}));
  EXPECT_NE(of({"ab", "c"}), of({"ab", "c", ""}));
  EXPECT_NE(of({"ab", "c"}), of({"c", "ab"}));
  EXPECT_EQ(of({"a"}), sha256_of(std::string("\1\0\0\0\0\0\0\0a", 9)));
}

TEST(Build, SaysWhatItIs) {
  EXPECT_THAT(build().program_version, testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(build().git_commit, testing::AnyOf("unknown", testing::MatchesRegex("[0-9a-f]{40}(-dirty)?")));
  EXPECT_THAT(build().compiler, testing::MatchesRegex("(GNU|Clang) [0-9.]+"));
  EXPECT_THAT(build().compiler_flags, testing::HasSubstr("-ffp-contract=off"));
}

}  // namespace
}  // namespace octavo::experiments::store
