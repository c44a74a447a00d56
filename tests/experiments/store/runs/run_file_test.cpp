// Run files: equal after a round trip, equal bytes for equal content, tables, headers and policies.
#include "experiments/store/runs/run_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "experiments/store/runs/run_group.h"
#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::store {
namespace {

void write_sample(const std::filesystem::path& path, int points, Existing existing = Existing::refuse) {
  std::vector<store::Run> runs;
  for (int i = 0; i < points; ++i) runs.push_back(sample_run(i));
  write_file(path, existing, sample_header(), sample_axis(), runs, Tables(sample_sweep(points), sample_interval()));
}

std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(RunFile, IsEqualAfterARoundTrip) {
  const TemporaryFolder folder;
  write_sample(folder / "runs.h5", 4);
  EXPECT_EQ(read_header(folder / "runs.h5"), sample_header());
  EXPECT_EQ(read_axis(folder / "runs.h5"), sample_axis());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(read_run(folder / "runs.h5", i), sample_run(i)) << i;
  EXPECT_EQ(read_table<SweepRow>(folder / "runs.h5"), sample_sweep(4));
  EXPECT_EQ(read_table<IntervalRow>(folder / "runs.h5"), sample_interval());
  EXPECT_THAT(message([&] { read_table<QuantizeRow>(folder / "runs.h5"); }), testing::HasSubstr("quantize"));
  EXPECT_THAT(message([&] { read_run(folder / "runs.h5", 4); }), testing::HasSubstr("'4'"));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(RunFile, OfQuantizeHasNoTextAndNoMetrics) {
  const TemporaryFolder folder;
  Header header = sample_header();
  header.experiment = "quantize";
  store::Run run = sample_run(1);
  run.policy = Policy::quantize;
  run.token_loss.clear();
  run.token_correct.clear();
  run.loss = run.accuracy = 0.0;
  const std::vector<QuantizeRow> rows{{"w", "e4m3", "amax", 3, 1.5, 31.0, 0.25, 0.0, 1U << 31U, 0}};
  write_file(folder / "q.h5", Existing::refuse, header, sample_axis(), std::array{run}, Tables(rows));
  const Header found = read_header(folder / "q.h5");
  EXPECT_EQ(found.model_name, header.model_name);
  EXPECT_EQ(found.text_name, "");
  EXPECT_EQ(found.tokens, 0);
  EXPECT_EQ(read_run(folder / "q.h5", 0), run);
  EXPECT_EQ(read_table<QuantizeRow>(folder / "q.h5"), rows);
  const File file = File::open(folder / "q.h5");
  EXPECT_FALSE(file.root().open("runs").open("0").has("metrics"));
}

TEST(RunFile, KeepsNotANumberAndInfinity) {
  const TemporaryFolder folder;
  store::Run run = sample_run(1);
  run.loss = std::numeric_limits<double>::quiet_NaN();
  run.token_loss[3] = std::numeric_limits<float>::infinity();
  run.tensors[0].amax = std::numeric_limits<float>::quiet_NaN();
  write_file(folder / "runs.h5", Existing::refuse, sample_header(), sample_axis(), std::array{run}, {});
  const store::Run found = read_run(folder / "runs.h5", 0);
  EXPECT_TRUE(std::isnan(found.loss));
  EXPECT_EQ(found.token_loss[3], run.token_loss[3]);
  EXPECT_TRUE(std::isnan(found.tensors[0].amax));
}

TEST(RunFile, KeepsRecipesLongerThanAnObjectHeader) {
  const TemporaryFolder folder;
  Header header = sample_header();
  header.recipe = std::string(300000, 'r');
  write_file(folder / "runs.h5", Existing::refuse, header, {}, {}, {});
  EXPECT_EQ(read_header(folder / "runs.h5"), header);
  EXPECT_TRUE(read_axis(folder / "runs.h5").empty());
}

TEST(RunFile, HasEqualBytesForEqualContent) {
  const TemporaryFolder folder;
  write_sample(folder / "one.h5", 6);
  const std::vector<char> noise(1 << 20, '\x5a');  // another heap, another name, another moment
  write_sample(folder / "two-with-a-longer-name.h5", 6);
  EXPECT_EQ(bytes_of(folder / "one.h5"), bytes_of(folder / "two-with-a-longer-name.h5"));
  write_sample(folder / "three.h5", 5);
  EXPECT_NE(bytes_of(folder / "one.h5"), bytes_of(folder / "three.h5"));
}

TEST(RunFile, IsRefusedWhereSomethingIs) {
  const TemporaryFolder folder;
  write_sample(folder / "runs.h5", 1);
  const std::string before = bytes_of(folder / "runs.h5");
  EXPECT_THAT(message([&] { write_sample(folder / "runs.h5", 2); }),
              testing::AllOf(testing::HasSubstr("runs.h5"), testing::HasSubstr("--force")));
  EXPECT_EQ(bytes_of(folder / "runs.h5"), before);
  write_sample(folder / "runs.h5", 2, Existing::force);
  EXPECT_NE(bytes_of(folder / "runs.h5"), before);
}

TEST(RunFile, ReplacesNothingButFiles) {
  const TemporaryFolder folder;
  EXPECT_THAT(message([&] { write_sample("/dev/null", 1, Existing::force); }),
              testing::HasSubstr("not an ordinary file"));
  EXPECT_THAT(message([&] { write_sample(folder.path(), 1, Existing::force); }),
              testing::HasSubstr("not an ordinary file"));
}

TEST(RunFile, NeedsAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(message([&] { write_sample(folder / "absent/runs.h5", 1); }),
              testing::HasSubstr("folder does not exist"));
}

TEST(RunFile, RefusesATensorOffTheAxis) {
  const TemporaryFolder folder;
  const std::vector<TensorName> axis(3);
  EXPECT_THAT(message([&] {
                write_file(folder / "runs.h5", Existing::refuse, sample_header(), axis, std::array{sample_run(1)}, {});
              }),
              testing::HasSubstr("it records tensor 69 of 3"));
  EXPECT_EQ(files_in(folder.path()), 0U);
}

}  // namespace
}  // namespace octavo::experiments::store
