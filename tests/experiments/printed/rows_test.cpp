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

TEST(Rows, AreLeftOutOfATerminalFromTheLastNumber) {
  store::OutcomeRow row;
  row.task = "next byte";
  row.model = "gpt-50k";
  row.loss = 1.25;
  store::OutcomeRow other = row;
  other.seed = 2;
  other.loss = 1.5;
  other.accuracy = 0.123456;
  for (double* number : {&other.to_baseline.relative_accuracy, &other.to_baseline.relative_accuracy_se,
                         &other.to_baseline.loss_increase, &other.to_baseline.loss_increase_se})
    *number = 0.123456;
  const std::string text = rows_text(std::vector{row, other}, "in the files");
  EXPECT_TRUE(text.starts_with("in all rows: task next byte, stage inference, model gpt-50k"));
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) EXPECT_LE(text.find('\n', at) - at, 80U);
  EXPECT_NE(text.find("1.25"), text.npos);
  EXPECT_NE(text.find("(in the files)"), text.npos);
  EXPECT_EQ(text.find('|'), text.npos);
}

}  // namespace
}  // namespace octavo::experiments::printed
