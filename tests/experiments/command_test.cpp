// The command line as files record it.
#include "experiments/command.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace octavo::experiments {
namespace {

std::string canonical(const std::vector<std::string>& arguments) { return canonical_command(arguments); }

TEST(CanonicalCommand, KeepsWhatDecidesResults) {
  EXPECT_EQ(canonical({"sweep", "--model", "m.bin", "--bias", "-8:8", "--by", "layer", "--record", "all"}),
            "octavo sweep --model m.bin --bias -8:8 --by layer --record all");
  EXPECT_EQ(canonical({}), "octavo");
}

TEST(CanonicalCommand, PathsAreBaseNames) {
  EXPECT_EQ(canonical({"eval", "--model", "/data/models/smol/", "--text", "../bible.txt", "--recipe=r/ocp.toml"}),
            "octavo eval --model smol --text bible.txt --recipe ocp.toml");
  EXPECT_EQ(canonical({"eval", "--model", "/"}), "octavo eval --model /");
  EXPECT_EQ(canonical({"eval", "--recipe", "r/a.toml,b.toml,/c/d.toml"}), "octavo eval --recipe a.toml,b.toml,d.toml");
  EXPECT_EQ(canonical({"eval", "--recipe=r/a.toml,../b.toml"}), "octavo eval --recipe a.toml,b.toml");
  EXPECT_EQ(canonical({"eval", "--model", "a,b/c.bin"}), "octavo eval --model c.bin");
}

TEST(CanonicalCommand, LeavesOutWhatChangesNoResult) {
  const std::string bare = "octavo sweep --model m.bin --tokens 10";
  for (const std::vector<std::string>& extra : {std::vector<std::string>{"--out", "x/y.h5"},
                                                {"--out=x.h5"},
                                                {"--threads", "2"},
                                                {"--threads=2"},
                                                {"--resume"},
                                                {"--force"},
                                                {"--quiet"},
                                                {"--json"}}) {
    std::vector<std::string> first{"sweep"}, last{"sweep", "--model", "m.bin", "--tokens", "10"};
    first.insert(first.end(), extra.begin(), extra.end());
    first.insert(first.end(), {"--model", "m.bin", "--tokens", "10"});
    last.insert(last.end(), extra.begin(), extra.end());
    EXPECT_EQ(canonical(first), bare) << extra.front();
    EXPECT_EQ(canonical(last), bare) << extra.front();
  }
}

TEST(CanonicalCommand, BothWaysToGiveAValueAreOne) {
  EXPECT_EQ(canonical({"eval", "--tokens=10"}), canonical({"eval", "--tokens", "10"}));
}

}  // namespace
}  // namespace octavo::experiments
