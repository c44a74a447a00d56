// Rows of tables as JSON.
#include "experiments/printed/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "experiments/store/runs/rows/study_rows.h"

namespace octavo::experiments::printed {
namespace {

TEST(Json, RowsHaveWordsAndNullForWhatIsNoNumber) {
  std::vector<store::OutcomeRow> rows(1);
  rows[0].task = "next byte";
  rows[0].stage = store::Stage::fine_tuning;
  rows[0].loss = std::numeric_limits<double>::infinity();
  rows[0].accuracy = 0.5;
  const nlohmann::ordered_json json = rows_json(rows);
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0].begin().key(), "task");
  EXPECT_EQ(json[0]["stage"], "fine-tuning");
  EXPECT_EQ(json[0]["policy"], "baseline");
  EXPECT_EQ(json[0]["bias"], nullptr);
  EXPECT_EQ(json[0]["loss"], nullptr);
  EXPECT_EQ(json[0]["accuracy"], 0.5);
  rows[0].bias = -3;
  EXPECT_EQ(rows_json(rows)[0]["bias"], -3);
}

TEST(Json, IsUtf8WhateverAFileIsCalled) {
  EXPECT_EQ(dumped(nlohmann::ordered_json{{"file", "\xff.npy"}}, -1), "{\"file\":\"\xef\xbf\xbd.npy\"}\n");
}

}  // namespace
}  // namespace octavo::experiments::printed
