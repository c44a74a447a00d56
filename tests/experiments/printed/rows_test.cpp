// Rows of tables as CSV and Markdown.
#include "experiments/printed/rows.h"

#include <gtest/gtest.h>

#include "experiments/store/runs/rows/study_rows.h"

namespace octavo::experiments::printed {
namespace {

TEST(Rows, QuotesCells) {
  EXPECT_EQ(cell(std::string("a \"b\", c"), true), "\"a \"\"b\"\", c\"");
  EXPECT_EQ(cell(store::kNoBias, true), "");
  const std::vector<store::ClaimRow> rows{{"P1", "a, b", "c", "", 1}};
  EXPECT_EQ(rows_csv(rows), "item,claim,criterion,found,shown\nP1,\"a, b\",c,,1\n");
  EXPECT_EQ(rows_markdown(rows), "| item | claim | criterion | shown |\n|---|---|---|---|\n| P1 | a, b | c | 1 |\n");
}

TEST(Rows, WordTheirEnumsAndLeaveOutEmptyColumns) {
  const std::vector<store::LossCurveRow> rows{{"gpt", 1, store::Policy::amax, 2, 0.1}};
  EXPECT_EQ(rows_csv(rows), "model,seed,policy,step,loss\ngpt,1,amax,2,0.1\n");
  EXPECT_EQ(rows_markdown(rows),
            "| model | seed | policy | step | loss |\n|---|---|---|---|---|\n| gpt | 1 | amax | 2 | 0.1 |\n");
}

}  // namespace
}  // namespace octavo::experiments::printed
