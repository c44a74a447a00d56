// Origins as text, and what the digest of operands covers.
#include "experiments/store/cases/origin.h"

#include <gtest/gtest.h>

#include "experiments/store/cases/cases.h"

namespace octavo::experiments::store {
namespace {

TEST(Origin, GoesThroughText) {
  const Origin origin{"W3", 18446744073709551615u, 2500, "sm90", {}};
  EXPECT_EQ("family W3, seed 18446744073709551615, count 2500, target sm90", to_string(origin));
  EXPECT_EQ(origin, parse_origin(to_string(origin)));
  for (const char* wrong : {"", "family W3", "family W3, seed -1, count 5, target sm90",
                            "family W3, seed 99999999999999999999, count 5, target sm90",
                            "family ../x, seed 1, count 5, target sm90", "family W3, seed 1, count 5, target sm90 "})
    EXPECT_EQ(std::nullopt, parse_origin(wrong)) << wrong;
}

ProductCase product() {
  return {.a_format = "e4m3",
          .b_format = "e5m2",
          .layout = CaseLayout::gemm,
          .promotion = {},
          .split_k = {},
          .a_rows = 1,
          .b_rows = 1,
          .depth = 4,
          .a = {1, 2, 3, 4},
          .b = {5, 6, 7, 8},
          .c = Bits{32, {9}},
          .d = {32, {0}},
          .call = LibraryCall{}};
}

TEST(OperandsSha256, CoversWhatIsGivenAndNotWhatComesBack) {
  const auto digest = [](const auto& change) {
    Case one{"L5.x", "cublaslt.fp8.fast_accum", "", product()};
    change(one, std::get<ProductCase>(one.data));
    return operands_sha256(one);
  };
  const std::string plain = digest([](Case&, ProductCase&) {});
  EXPECT_EQ(plain, digest([](Case& one, ProductCase& data) {
              one.source = "another";
              data.d.values[0] = 7;
              data.split_k = 3;
              data.algorithm = "id 3";
            }));
  const auto expect_other = [&](const auto& change) { EXPECT_NE(plain, digest(change)); };
  expect_other([](Case& one, ProductCase&) { one.operation = "cublaslt.fp8.split_accum"; });
  expect_other([](Case&, ProductCase& data) { data.a[3] = 0; });
  expect_other([](Case&, ProductCase& data) { data.b[0] = 0; });
  expect_other([](Case&, ProductCase& data) { data.c->values[0] = 0; });
  expect_other([](Case&, ProductCase& data) { data.c.reset(); });
  expect_other([](Case&, ProductCase& data) { data.a_format = "e5m2"; });
  expect_other([](Case&, ProductCase& data) { data.promotion = 0; });
  expect_other([](Case&, ProductCase& data) { data.selected = {4}; });
  expect_other([](Case&, ProductCase& data) { data.call.reset(); });
  expect_other([](Case&, ProductCase& data) { data.call->alpha = 2; });
  expect_other([](Case&, ProductCase& data) { data.call->b_scales = {2}; });
  expect_other([](Case&, ProductCase& data) { data.call->bias = Bits{16, {1}}; });
  expect_other([](Case&, ProductCase& data) { data.call->amax = 0; });
}

}  // namespace
}  // namespace octavo::experiments::store
