// Sparse operands: what is spread is selected again, and what is no selection is refused.
#include "experiments/replay/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiments/capture/families/rows/directed_rows.h"
#include "experiments/capture/families/rows/sparse_rows.h"
#include "experiments/replay/emulator.h"
#include "messages/error.h"

namespace octavo::experiments::replay {
namespace {

using namespace capture;
using testing::HasSubstr;

TEST(Selection, SpreadTermsAreSelectedAgain) {
  for (const Types& types : every_type()) {
    Random random = random_of(1, types.suffix());
    const std::vector<DotRow> rows = sample(ladder(types), 40, random);
    const store::ProductCase sparse = spread(types, rows, random);
    EXPECT_EQ(sparse.depth, 64);
    EXPECT_EQ(sparse.selected.size(), 40u * 16u);
    EXPECT_EQ(selected_terms(sparse), product_case(types, rows));
  }
}

TEST(Selection, OnlySelectedTermsAreMultiplied) {
  store::ProductCase data;
  data.a_format = data.b_format = "e4m3";
  data.a_rows = data.b_rows = 1;
  data.depth = 64;
  data.a.assign(64, 0);
  data.b.assign(64, 0x7F);  // NaN where nothing is selected
  data.selected.assign(16, 0xD);
  for (std::size_t group = 0; group < 16; ++group)
    for (const std::size_t i : {1u, 3u}) {
      data.a[4 * group + i] = 0x38;
      data.b[4 * group + i] = i == 1 ? 0x38 : 0xB8;
    }
  data.a[1] = 0x40;  // 2
  data.d = {32, {0}};
  const auto& operation = std::get<ProductOperation>(replay::operation("wgmma.sp.m64n8k64.f32.e4m3.e4m3"));
  EXPECT_EQ(EmulatedProduct(operation, data).results().d, (std::vector<std::uint32_t>{0x3F800000u}));
}

TEST(Selection, WhatIsNoneIsRefused) {
  const auto message = [](std::uint8_t selection, std::uint8_t unselected, bool with) -> std::string {
    store::ProductCase data;
    data.a_format = data.b_format = "e4m3";
    data.a_rows = data.b_rows = 1;
    data.depth = 64;
    data.a.assign(64, 0);
    data.b.assign(64, 0);
    data.d = {32, {0}};
    data.a[2] = unselected;
    if (with) data.selected.assign(16, selection);
    try {
      EmulatedProduct(std::get<ProductOperation>(operation("wgmma.sp.m64n8k64.f32.e4m3.e4m3")), data);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message(0x4, 0, true), "no error");
  EXPECT_THAT(message(0x4, 0, false), HasSubstr("no dataset 'selected'"));
  EXPECT_THAT(message(0x0, 0, true), HasSubstr("0x00"));
  EXPECT_THAT(message(0x1, 0, true), HasSubstr("0x01"));
  EXPECT_THAT(message(0x14, 0, true), HasSubstr("0x14"));
  EXPECT_THAT(message(0x4, 0x38, true), HasSubstr("element 2, which is not selected"));
}

}  // namespace
}  // namespace octavo::experiments::replay
