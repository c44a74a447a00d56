// Opening a model by its path: kinds that are not known.
#include "sim/model/open/open.h"

#include <gtest/gtest.h>

#include "tests/sim/file/file_writers.h"

namespace octavo::sim::model {
namespace {

using testing::HasSubstr;

TEST(Open, UnknownKindsAreRefused) {
  const file::TemporaryFolder folder;
  file::write_file(folder / "model.pt", "x");
  EXPECT_THAT([&] { open(folder / "none.gguf"); }, file::throws_one_line(HasSubstr("no such file")));
  EXPECT_THAT([&] { open(folder / "model.pt"); }, file::throws_one_line(HasSubstr("neither")));
}

}  // namespace
}  // namespace octavo::sim::model
