// Without a GPU, or without nvcc, the interface answers with one clear line.
#include "cuda/gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/error.h"

namespace octavo::cuda {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

TEST(Gpu, OpensOrSaysWhyNotInOneLine) {
  const std::string why = why_no_gpu();
  if (why.empty()) {
    EXPECT_FALSE(open_gpu()->device().name.empty());
    return;
  }
  EXPECT_THROW(open_gpu(), Error);
  EXPECT_THAT(why, Not(HasSubstr("\n")));
#ifdef OCTAVO_HAS_CUDA
  EXPECT_THAT(why, AnyOf(HasSubstr("no CUDA device"), HasSubstr("compute capability")));
#else
  EXPECT_THAT(why, HasSubstr("built without CUDA"));
#endif
}

}  // namespace
}  // namespace octavo::cuda
