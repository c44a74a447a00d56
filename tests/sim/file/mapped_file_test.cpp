// Mapped files: their bytes, and the paths that are refused.
#include "sim/file/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/sim/file/file_writers.h"

namespace octavo::sim::file {
namespace {

using testing::HasSubstr;

TEST(MappedFile, BytesOutliveTheFilesName) {
  const TemporaryFolder folder;
  write_file(folder / "x", "seven b");
  const FileBytes file = map_file(folder / "x");
  std::filesystem::remove(folder / "x");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()), "seven b");
}

TEST(MappedFile, WhatIsNoFileIsRefused) {
  const TemporaryFolder folder;
  write_file(folder / "empty", "");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT([&] { map_file(folder / "none"); }, throws_one_line(HasSubstr("no such file")));
  EXPECT_THAT([&] { map_file(folder.path()); }, throws_one_line(HasSubstr("directory")));
  EXPECT_THAT([&] { map_file(folder / "empty"); }, throws_one_line(HasSubstr("empty")));
  EXPECT_THAT([&] { map_file(folder / "pipe"); }, throws_one_line(HasSubstr("not a regular file")));
  EXPECT_THAT([&] { map_file(folder / "a\nb"); }, throws_one_line(HasSubstr("a\\x0ab")));
}

TEST(MappedFile, AFileWithoutReadPermissionIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const TemporaryFolder folder;
  write_file(folder / "secret", "x");
  std::filesystem::permissions(folder / "secret", std::filesystem::perms::none);
  EXPECT_THAT([&] { map_file(folder / "secret"); }, throws_one_line(HasSubstr("ermission")));
}

}  // namespace
}  // namespace octavo::sim::file
