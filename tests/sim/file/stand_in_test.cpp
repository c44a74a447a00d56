// Pointers that a clone leaves in place of large files, and what only looks like them.
#include "sim/file/stand_in.h"

#include <gtest/gtest.h>

#include "sim/file/file_bytes.h"
#include "sim/file/mapped_file.h"
#include "tests/sim/file/file_writers.h"

namespace octavo::sim::file {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kPointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 269060552\n";

TEST(StandIn, GitLfsPointersAreNamedByEveryReader) {
  const TemporaryFolder folder;
  write_file(folder / "model.safetensors", kPointer);
  const auto named = throws_one_line(
      AllOf(HasSubstr("model.safetensors': it is a Git LFS pointer"), HasSubstr("git lfs pull fetches the file")));
  EXPECT_THAT([&] { map_file(folder / "model.safetensors"); }, named);
  EXPECT_THAT([&] { file_bytes(folder / "model.safetensors"); }, named);
}

TEST(StandIn, OtherPointersAreNamed) {
  EXPECT_THAT([] { refuse_stand_in("version https://hawser.github.com/spec/v1\n", "x"); },
              throws_one_line(HasSubstr("'x': it is a Git LFS pointer")));
  EXPECT_THAT([] { refuse_stand_in("/annex/objects/SHA256E-s1--aa.gguf\n", "x"); },
              throws_one_line(HasSubstr("git annex get fetches the file")));
}

TEST(StandIn, FilesThatSpeakOfPointersAreTaken) {
  EXPECT_NO_THROW(refuse_stand_in("A version https://git-lfs.github.com/spec/v1 file", "x"));
  EXPECT_NO_THROW(refuse_stand_in("version 2", "x"));
  EXPECT_NO_THROW(refuse_stand_in("", "x"));
  EXPECT_NO_THROW(refuse_stand_in(kPointer + std::string(1024, ' '), "x"));  // longer than pointers are
}

}  // namespace
}  // namespace octavo::sim::file
