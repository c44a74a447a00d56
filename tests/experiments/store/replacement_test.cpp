// Replacing a file through a symbolic link.
#include "experiments/store/replacement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "messages/error.h"
#include "tests/sim/text/temporary_folder.h"

namespace octavo::experiments::store {
namespace {

namespace fs = std::filesystem;

void replace(const fs::path& path, const std::string& bytes) {
  Replacement replacement(path);
  std::ofstream(replacement.temporary()) << bytes;
  replacement.commit();
}

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Replacement, ALinkStaysALinkAndItsFileIsReplaced) {
  const TemporaryFolder folder;
  const fs::path target = folder.write("elsewhere/data", "old");
  fs::create_symlink("elsewhere/data", folder.path() / "inner");  // relative to the link's own folder
  fs::create_symlink(folder.path() / "inner", folder.path() / "outer");
  replace(folder.path() / "outer", "new");
  EXPECT_EQ(content(target), "new");
  EXPECT_TRUE(fs::is_symlink(folder.path() / "outer"));
  EXPECT_TRUE(fs::is_symlink(folder.path() / "inner"));
  EXPECT_FALSE(fs::is_symlink(target));
}

TEST(Replacement, ALinkToNothingMakesItsFile) {
  const TemporaryFolder folder;
  fs::create_symlink("later", folder.path() / "link");
  replace(folder.path() / "link", "new");
  EXPECT_EQ(content(folder.path() / "later"), "new");
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
}

TEST(Replacement, ALoopOfLinksIsRefused) {
  const TemporaryFolder folder;
  fs::create_symlink("b", folder.path() / "a");
  fs::create_symlink("a", folder.path() / "b");
  EXPECT_THAT([&] { Replacement replacement(folder.path() / "a"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("Too many levels of symbolic links")));
}

}  // namespace
}  // namespace octavo::experiments::store
