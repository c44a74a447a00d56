// Families, the recorder, resuming, and the self-test with its planted errors.
#include "experiments/capture/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "cuda/device_lost.h"
#include "cuda/written.h"
#include "experiments/capture/self_test/planted_error.h"
#include "experiments/capture/self_test/self_test.h"
#include "experiments/replay/compare.h"
#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::capture {
namespace {

using testing::HasSubstr;

const Progress kSilent = [](double, const std::string&) {};

TEST(Families, AreDeterministicBoundedAndDistinct) {
  std::set<std::string> ids;
  for (const Family& family : families()) {
    const Request request{.seed = 7, .count = 20};
    const std::vector<Plan> first = family.plans(family, request);
    const std::vector<Plan> second = family.plans(family, request);
    EXPECT_FALSE(first.empty()) << family.id;
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(first[i].one, second[i].one);
      EXPECT_TRUE(first[i].one.id.starts_with(std::string(family.id) + ".")) << first[i].one.id;
      EXPECT_TRUE(ids.insert(first[i].one.id).second) << first[i].one.id << " twice";
      if (const auto* data = std::get_if<store::ProductCase>(&first[i].one.data)) {
        if (data->layout == store::CaseLayout::dots) {
          EXPECT_LE(data->results(), 20);
        }
      }
    }
  }
}

TEST(Families, AnotherSeedGivesOtherRandomOperands) {
  const Family family = families({"W13"}).front();
  EXPECT_NE(family.plans(family, {.seed = 1, .count = 5}).front().one.data,
            family.plans(family, {.seed = 2, .count = 5}).front().one.data);
}

TEST(Families, UnknownOnesAreRefusedWithTheNearest) {
  try {
    families({"K80"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("family 'K80' is unknown; did you mean 'K8'?"));
  }
}

TEST(PlantedError, WithoutOneItIsTheEmulator) {
  const std::unique_ptr<Executor> emulator = make_emulator();
  const std::unique_ptr<Executor> unplanted = make_unplanted();
  for (const Family& family : families()) {
    std::vector<Plan> one = family.plans(family, {.seed = 3, .count = 12});
    std::vector<Plan> other = one;
    for (std::size_t i = 0; i < one.size(); ++i) {
      emulator->run(one[i]);
      unplanted->run(other[i]);
      EXPECT_EQ(one[i].one.data, other[i].one.data) << one[i].one.id;
    }
  }
}

TEST(SelfTest, EveryFamilyPassesAndEveryPlantedErrorIsFoundAndNamed) {
  const SelfTest test = self_test(1, 24, kSilent);
  EXPECT_TRUE(test.passed()) << to_text(test);
  EXPECT_EQ(families().size(), test.families.size());
  ASSERT_EQ(planted_errors().size(), test.planted.size());
  for (const SelfTest::Planted& one : test.planted) EXPECT_THAT(one.wrong, testing::IsEmpty()) << one.error;
  EXPECT_THAT(to_text(test), HasSubstr("18 of 18 planted errors found and named"));
}

TEST(SelfTest, AFamilyWithMismatchesOrAnErrorThatIsNotFoundOrNotNamedFails) {
  SelfTest test;
  test.families.push_back({{.id = "W3", .settles = {}, .results = 5, .refused = {}}, 0});
  test.planted.push_back({"x", {{"W3", 1, Finding::near}}, {}});
  EXPECT_TRUE(test.passed());
  test.planted.push_back({"y", {}, {}});
  EXPECT_FALSE(test.passed());
  test.planted.back() = {"y", {{"W3", 1, Finding::near}}, {"W3 says near, not misplaced"}};
  EXPECT_FALSE(test.passed());
  EXPECT_THAT(to_text(test), HasSubstr("not named for what it is: W3 says near, not misplaced"));
  test.planted.pop_back();
  test.families.front().mismatches = 1;
  EXPECT_FALSE(test.passed());
}

/// Counts what it is asked to run.
class CountingExecutor final : public Executor {
 public:
  std::string source() const override { return "counting"; }
  std::string target() const override { return "sm90"; }
  bool runs(const Plan& plan) const override { return !plan.one.operation.starts_with("cublaslt."); }
  void run(Plan& plan) override {
    ++runs_;
    emulator_->run(plan);
  }
  int runs_ = 0;

 private:
  std::unique_ptr<Executor> emulator_ = make_emulator();
};

TEST(Capture, ResumesWhatIsMissingAndRefusesAnotherSeed) {
  const store::TemporaryFolder folder;
  const std::filesystem::path out = folder / "cases.h5";
  CountingExecutor executor;
  const Request request{.seed = 5, .count = 10};
  capture(executor, families({"W4"}), request, out, false, kSilent);
  const int first = executor.runs_;
  const std::vector<FamilyCount> counts = capture(executor, families({"W4", "W7", "L3"}), request, out, true, kSilent);
  EXPECT_EQ(first + 8, executor.runs_) << "W4's eight cases were there already";
  EXPECT_EQ(8, counts[0].cases);
  EXPECT_EQ(0, counts[2].cases);
  EXPECT_GT(counts[2].skipped, 0);
  for (const store::Case& one : replay::read_case_file(out)) {
    EXPECT_EQ(0, replay::compare_case("cases.h5", one, {}).mismatches);
    EXPECT_THAT(one.source, HasSubstr("seed 5"));
  }
  EXPECT_THROW(capture(executor, families({"W4"}), {.seed = 6, .count = 10}, out, true, kSilent), Error);
  EXPECT_THROW(capture(executor, families({"L3"}), request, folder / "none.h5", false, kSilent), Error);
}

/// Leaves the results of one case unwritten, and loses the device at the first case of another family.
class FaultyExecutor final : public Executor {
 public:
  std::string source() const override { return "faulty"; }
  std::string target() const override { return "sm90"; }
  bool runs(const Plan&) const override { return true; }
  void run(Plan& plan) override {
    if (plan.one.id == "W4.f32.e4m3.e4m3") throw cuda::NeverWritten("wgmma left 3 of 10 results unwritten");
    if (plan.family == "W7") throw cuda::DeviceLost("an illegal address");
    emulator_->run(plan);
  }

 private:
  std::unique_ptr<Executor> emulator_ = make_emulator();
};

TEST(Capture, ReportsResultsThatWereNeverWrittenInsteadOfRecordingThem) {
  const store::TemporaryFolder folder;
  FaultyExecutor executor;
  const std::vector<FamilyCount> counts =
      capture(executor, families({"W4"}), {.seed = 1, .count = 10}, folder / "cases.h5", false, kSilent);
  EXPECT_THAT(counts.front().unwritten, testing::ElementsAre("W4.f32.e4m3.e4m3: wgmma left 3 of 10 results unwritten"));
  EXPECT_EQ(counts.front().cases, 7);
  EXPECT_EQ(replay::read_case_file(folder / "cases.h5").size(), 7u);
}

TEST(Capture, ALostDeviceEndsItAndKeepsWhatThereIs) {
  const store::TemporaryFolder folder;
  FaultyExecutor executor;
  EXPECT_THROW(
      capture(executor, families({"W4", "W7", "L1"}), {.seed = 1, .count = 10}, folder / "cases.h5", false, kSilent),
      cuda::DeviceLost);
  EXPECT_EQ(replay::read_case_file(folder / "cases.h5").size(), 7u);
}

}  // namespace
}  // namespace octavo::experiments::capture
