// wgmma's matrix descriptors: every field comes back from the word, at its documented place.
#include "cuda/layout/matrix_descriptor.h"

#include <gtest/gtest.h>

namespace octavo::cuda::layout {
namespace {

TEST(MatrixDescriptor, EveryFieldComesBack) {
  for (std::uint32_t sixteenths = 0; sixteenths < 1u << 14; ++sixteenths) {
    const std::uint32_t bytes = sixteenths << 4;
    for (const MatrixDescriptor& d :
         {MatrixDescriptor{.start = bytes}, MatrixDescriptor{.leading = bytes}, MatrixDescriptor{.stride = bytes}}) {
      EXPECT_EQ(d, decode(encode(d)));
    }
  }
  for (std::uint32_t base = 0; base < 8; ++base) {
    for (Swizzle swizzle : {Swizzle::none, Swizzle::bytes_128, Swizzle::bytes_64, Swizzle::bytes_32}) {
      const MatrixDescriptor d{
          .start = 0x3FFF0, .leading = 0x12340, .stride = 0x2AAA0, .base = base, .swizzle = swizzle};
      EXPECT_EQ(d, decode(encode(d)));
    }
  }
}

TEST(MatrixDescriptor, FieldsDoNotOverlapAndLieAtTheirBits) {
  EXPECT_EQ(0x3FFFull, encode({.start = 0x3FFFF}));
  EXPECT_EQ(0x3FFFull << 16, encode({.leading = 0x3FFFF}));
  EXPECT_EQ(0x3FFFull << 32, encode({.stride = 0x3FFFF}));
  EXPECT_EQ(7ull << 49, encode({.base = 7}));
  EXPECT_EQ(1ull << 62, encode({.swizzle = Swizzle::bytes_128}));
  EXPECT_EQ(3ull << 62, encode({.swizzle = Swizzle::bytes_32}));
}

TEST(MatrixDescriptor, OfTilesThatKernelsUse) {
  // 64 x 32 without swizzle: core matrices of 128 bytes, two along K.
  EXPECT_EQ((MatrixDescriptor{.start = 1024, .leading = 128, .stride = 256}),
            descriptor({Swizzle::none, 64, 32}, 1024));
  // The dense operand of a sparse product, 8 x 64: one atom of the 64-byte swizzle, no distance along K to be guessed.
  EXPECT_EQ((MatrixDescriptor{.start = 1024, .leading = 16, .stride = 512, .swizzle = Swizzle::bytes_64}),
            descriptor({Swizzle::bytes_64, 8, 64}, 1024));
  // 128 x 128 with 128-byte atoms: 8 rows are 1024 bytes, and each k32 step moves the start by 32 bytes.
  const OperandTile tile{Swizzle::bytes_128, 128, 128};
  EXPECT_EQ((MatrixDescriptor{.start = 2048 + 96, .leading = 16, .stride = 1024, .swizzle = Swizzle::bytes_128}),
            descriptor(tile, 2048, 96));
  // wgmma's addresses reach all of the 227 KiB that a block may have.
  EXPECT_EQ(227u * 1024 - 16, decode(encode({.start = 227 * 1024 - 16})).start);
}

}  // namespace
}  // namespace octavo::cuda::layout
