// Names of formats: each to its numbers and back, and refusals that help.
#include "formats/catalog.h"

#include <gtest/gtest.h>

#include <string>

#include "messages/error.h"
#include "tests/formats/every_format.h"

namespace octavo::formats {
namespace {

std::string refusal(std::string_view text) {
  try {
    spec(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Catalog, HoldsTheNamedFormats) {
  EXPECT_EQ(catalog().size(), tests::named_formats().size());
  for (const CatalogEntry& entry : catalog()) {
    EXPECT_EQ(spec(entry.name), entry.spec) << entry.name;
    EXPECT_EQ(name(entry.spec), entry.name);
    EXPECT_TRUE(entry.spec.valid()) << entry.name;
    EXPECT_FALSE(entry.description.empty()) << entry.name;
  }
  EXPECT_EQ(spec("e4m3"), e4m3);
  EXPECT_EQ(spec("e4m3fn"), e4m3);
  EXPECT_EQ(spec("e5m2ieee"), e5m2);
  EXPECT_EQ(spec("e5m10"), fp16);
  EXPECT_EQ(spec("e8m7"), bf16);
  EXPECT_EQ(spec("e4m3b11fnuz"), e4m3b11fnuz);
  EXPECT_EQ(spec("e2m1none"), e2m1);
  EXPECT_EQ(spec("binary8p4sf"), e4m3fnuz);  // IEEE P3109's finite formats are fnuz
  EXPECT_EQ(spec("binary8p3sf"), e5m2fnuz);
  EXPECT_EQ(spec("binary8p4"), binary8(4, true));
  EXPECT_EQ(spec("binary8p4e"), binary8(4, true));
  EXPECT_EQ(spec("binary8p2f"), binary8(2, false));
  EXPECT_EQ(spec("e4m3nuz"), binary8(4, true));
  EXPECT_EQ(spec("int8q0"), int8);
  EXPECT_EQ(name(spec("int12q-3")), "int12q-3");
}

TEST(Catalog, GeneralFormHasStatedDefaults) {
  EXPECT_EQ(spec("e4m3b8"), (Spec{4, 3, 8, Specials::fn}));    // as e4m3
  EXPECT_EQ(spec("e3m2b5"), (Spec{3, 2, 5, Specials::none}));  // as e3m2
  EXPECT_EQ(spec("e5m1"), (Spec{5, 1, 15, Specials::ieee}));
  EXPECT_EQ(spec("e6m0"), (Spec{6, 0, 31, Specials::fn}));
  EXPECT_EQ(spec("e3m3fnuz"), (Spec{3, 3, 4, Specials::fnuz}));
  EXPECT_EQ(spec("e4m3b-20none"), (Spec{4, 3, -20, Specials::none}));
  EXPECT_EQ(spec("e8m0b128fn"), (Spec{8, 0, 128, Specials::fn}));
}

TEST(Catalog, EveryNameReturnsToItsSpec) {
  std::size_t named = 0;
  for (const Spec& format : tests::all_kinds_of_formats(19)) {
    const std::string text = name(format);
    if (format.has_sign && format.has_zero) {
      ASSERT_EQ(spec(text), format) << text;
      ++named;
    } else if (!(format == e8m0)) {
      ASSERT_NE(refusal(text), "accepted") << text;
    }
  }
  EXPECT_GT(named, 500u);
}

TEST(Catalog, RefusesOthersWithNearNames) {
  EXPECT_EQ(refusal("e4m33fnux"),
            "unknown format 'e4m33fnux'; did you mean 'e4m3fnuz'? The general form is "
            "e<1..8>m<0..10>[b<bias>][fn|fnuz|ieee|none|nuz]");
  EXPECT_TRUE(refusal("E5M2X").starts_with("unknown format 'E5M2X'; did you mean 'e5m2'? "));
  EXPECT_TRUE(refusal("hooper").starts_with("unknown format 'hooper'; octavo formats shows those with a name; "));
  for (const std::string text : {"",
                                 "e",
                                 "e0m3",
                                 "e9m1",
                                 "e4m11",
                                 "e4",
                                 "e4m",
                                 "m3e4",
                                 "e4m3 ",
                                 " e4m3",
                                 "e4m3x",
                                 "e4m3b",
                                 "e4m3b99999999999",
                                 "e4m3b5000",
                                 "e4m3fnb8",
                                 "e4m-1",
                                 "e+4m3",
                                 "e4m3fnfn",
                                 "binary8p0",
                                 "binary8p8",
                                 "binary8",
                                 "binary8p4x",
                                 "binary8p4ef",
                                 "int",
                                 "int1",
                                 "int13",
                                 "int8q",
                                 "int8x",
                                 "int8q1001"})
    EXPECT_NE(refusal(text).find("unknown format '" + text + "'"), std::string::npos) << text;
  EXPECT_LT(refusal(std::string(100000, 'e')).size(), 300u);
}

TEST(Catalog, RefusesInvalidFormatsWithTheReason) {
  EXPECT_EQ(refusal("e8m3fn"), "format 'e8m3fn' has values beyond binary32; try bias 128 or more");
  EXPECT_EQ(refusal("e5m2b200"), "format 'e5m2b200' has values finer than binary32's; try bias 148 or less");
  EXPECT_EQ(refusal("e5m0ieee"), "format 'e5m0ieee' has no mantissa bit to tell infinity from NaN; try fn or none");
  EXPECT_EQ(refusal("e1m0fn"), "format 'e1m0fn' has no value but zero; try none");
  EXPECT_EQ(refusal("int8q150"), "format 'int8q150' has values finer than binary32's; try q0");
  EXPECT_EQ(refusal("int8q-122"), "format 'int8q-122' has values beyond binary32's; try q0");
  EXPECT_EQ(spec("e8m3b128fn").bias, 128);  // the advice holds
  EXPECT_EQ(spec("e5m2b148").bias, 148);
}

}  // namespace
}  // namespace octavo::formats
