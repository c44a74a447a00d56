// encode and decode of single values: published constants.
#include "formats/encode.h"

#include <gtest/gtest.h>

#include "formats/float.h"

namespace octavo::formats {
namespace {

TEST(Encode, SinglyRoundsDoubles) { EXPECT_EQ(E4M3::from(1.0625 + 0x1p-40).code, 0x39); }

}  // namespace
}  // namespace octavo::formats
