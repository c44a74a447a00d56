// Answers alone: the file, the operands made again, and what does not fit.
#include "experiments/capture/operands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments/capture/capture.h"
#include "experiments/replay/compare.h"
#include "experiments/store/cases/agreement.h"
#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::capture {
namespace {

using store::Case;
using testing::HasSubstr;

const Progress kSilent = [](double, const std::string&) {};

/// Every family with operands and without.
struct Recorded {
  store::TemporaryFolder folder;
  std::vector<Case> whole;
  std::vector<Case> answers;

  explicit Recorded(const std::vector<std::string>& ids = {}) {
    const std::unique_ptr<Executor> emulator = make_emulator();
    const Request request{.seed = 9, .count = 12};
    capture(*emulator, families(ids), request, folder / "whole.h5", false, kSilent);
    capture(*emulator, families(ids), request, folder / "answers.h5", false, kSilent, Keep::answers);
    whole = store::read_cases(folder / "whole.h5");
    answers = store::read_cases(folder / "answers.h5");
  }
};

std::string message_of(Operands& operands, Case one) {
  try {
    operands.restore(one);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Operands, AreMadeAgainForEveryFamily) {
  Recorded recorded;
  Operands operands;
  ASSERT_EQ(recorded.whole.size(), recorded.answers.size());
  for (std::size_t i = 0; i < recorded.whole.size(); ++i) {
    Case& one = recorded.answers[i];
    EXPECT_TRUE(one.answers_only);
    EXPECT_FALSE(recorded.whole[i].answers_only);
    const store::Agreement both = store::agreement(one, recorded.whole[i]);
    EXPECT_GT(both.results, 0);
    EXPECT_EQ(0, both.mismatches);
    operands.restore(one);
    EXPECT_EQ(recorded.whole[i], one) << one.id;
  }
  EXPECT_LT(std::filesystem::file_size(recorded.folder / "answers.h5"),
            std::filesystem::file_size(recorded.folder / "whole.h5"));
}

TEST(Operands, OfAnotherDigestSeedCountOrFamilyAreRefusedByCase) {
  Recorded recorded({"W13"});
  Operands operands;
  Case one = recorded.answers.front();
  one.origin->operands_sha256[0] ^= 1;
  EXPECT_THAT(message_of(operands, one), HasSubstr(one.id));
  EXPECT_THAT(message_of(operands, one), HasSubstr("are not those that were recorded"));
  one = recorded.answers.front();
  one.origin->seed = 10;
  EXPECT_THAT(message_of(operands, one), HasSubstr("are not those that were recorded"));
  one = recorded.answers.front();
  one.origin->count = 13;
  EXPECT_THAT(message_of(operands, one), HasSubstr("are not those that were recorded"));
  one.origin->count = kLargestRemadeCount + 1;
  EXPECT_THAT(message_of(operands, one), HasSubstr("its count is"));
  one = recorded.answers.front();
  one.origin->family = "W3";
  EXPECT_THAT(message_of(operands, one), HasSubstr("has no such case"));
  one.origin->family = "X";
  EXPECT_THAT(message_of(operands, one), HasSubstr("unknown"));
}

TEST(Operands, AnswersAloneAreNotComparedWithoutThem) {
  Recorded recorded({"W7"});
  EXPECT_THROW(replay::compare_case("answers.h5", recorded.answers.front(), {}), Error);
}

TEST(Agreement, CountsOtherBitsAndRefusesOtherOperands) {
  Recorded recorded({"L5", "C1"});
  for (const Case& one : recorded.whole) {
    Case other = one;
    if (auto* data = std::get_if<store::ProductCase>(&other.data)) {
      data->d.values[0] ^= 1u;
      EXPECT_EQ(1, store::agreement(one, other).mismatches);
      if (!data->call || !data->call->amax) continue;
      *data->call->amax ^= 1u;
      EXPECT_EQ(2, store::agreement(one, other).mismatches);
    } else {
      std::get<store::ConversionCase>(other.data).output.values[0] ^= 1u;
      EXPECT_EQ(1, store::agreement(one, other).mismatches);
    }
    other.origin->operands_sha256 = std::string(64, '0');
    EXPECT_THROW(store::agreement(one, other), Error);
  }
}

/// Refuses some products, and breaks at one.
class Refusing final : public Executor {
 public:
  std::string source() const override { return "refusing"; }
  std::string target() const override { return "sm90"; }
  bool runs(const Plan&) const override { return true; }
  void run(Plan& plan) override {
    if (refuses_ && plan.one.id.find("fast_accum") != std::string::npos) throw Error("cuBLASLt: heuristic failed");
    if (plan.family == "W7") throw Error("the device is gone");
    emulator_->run(plan);
  }
  bool refuses_ = true;

 private:
  std::unique_ptr<Executor> emulator_ = make_emulator();
};

TEST(Capture, WritesWhatALibraryRefusedWithItsWords) {
  const store::TemporaryFolder folder;
  Refusing executor;
  const Request request{.seed = 5, .count = 10};
  capture(executor, families({"L2"}), request, folder / "cases.h5", false, kSilent);
  const std::vector<store::Refused> refused = store::read_refused(folder / "cases.h5");
  ASSERT_FALSE(refused.empty());
  EXPECT_EQ("cublaslt.fp8.fast_accum", refused.front().operation);
  EXPECT_EQ("cuBLASLt: heuristic failed", refused.front().words);
  EXPECT_FALSE(store::read_cases(folder / "cases.h5").empty());
  // Asked again and answered, it is refused no more.
  executor.refuses_ = false;
  capture(executor, families({"L2"}), request, folder / "cases.h5", true, kSilent);
  EXPECT_TRUE(store::read_refused(folder / "cases.h5").empty());
}

TEST(Capture, AnErrorLeavesTheCasesBeforeItInTheFile) {
  const store::TemporaryFolder folder;
  Refusing executor;
  EXPECT_THROW(capture(executor, families({"W4", "W7"}), {.seed = 5, .count = 10}, folder / "cases.h5", false, kSilent,
                       Keep::answers),
               Error);
  EXPECT_EQ(8u, store::read_cases(folder / "cases.h5").size());
}

}  // namespace
}  // namespace octavo::experiments::capture
