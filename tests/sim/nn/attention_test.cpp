// Causal attention against its formula in double, and the independence of its rows.
#include "sim/nn/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/sim/every_setting.h"
#include "tests/sim/random_normal.h"

namespace octavo::sim::nn {
namespace {

/// Queries, keys and values of `keys` positions; the queries are those of the last `queries` positions.
struct Case {
  AttentionShape shape;
  std::int64_t queries;
  std::int64_t keys;
  std::vector<float> q, k, v;

  Case(const AttentionShape& of, std::int64_t query_count, std::int64_t key_count)
      : shape(of),
        queries(query_count),
        keys(key_count),
        q(random_normal(static_cast<std::size_t>(key_count * width()), 1)),
        k(random_normal(static_cast<std::size_t>(key_count * kv_width()), 2)),
        v(random_normal(static_cast<std::size_t>(key_count * kv_width()), 3)) {}

  std::int64_t width() const { return shape.heads * shape.head_width; }
  std::int64_t kv_width() const { return shape.kv_heads * shape.head_width; }

  std::vector<float> run() const {
    std::vector<float> out(static_cast<std::size_t>(queries * width()));
    attention_forward<float>(shape, scaling::Baseline::fp32, {q.data() + (keys - queries) * width(), width()},
                             {k.data(), kv_width()}, {v.data(), kv_width()}, queries, keys, {out.data(), width()});
    return out;
  }

  /// The formula, one query and head at a time.
  std::vector<double> expected() const {
    std::vector<double> out(static_cast<std::size_t>(queries * width()));
    for (std::int64_t t = 0; t < queries; ++t)
      for (std::int64_t h = 0; h < shape.heads; ++h) {
        const std::int64_t from = h / (shape.heads / shape.kv_heads) * shape.head_width;
        const std::int64_t seen = keys - queries + t + 1;
        const float* query = q.data() + (seen - 1) * width() + h * shape.head_width;
        std::vector<double> weights;
        double total = 0.0;
        for (std::int64_t j = 0; j < seen; ++j) {
          double score = 0.0;
          for (std::int64_t d = 0; d < shape.head_width; ++d)
            score += static_cast<double>(query[d]) *
                     static_cast<double>(k[static_cast<std::size_t>(j * kv_width() + from + d)]);
          weights.push_back(std::exp(score / std::sqrt(static_cast<double>(shape.head_width))));
          total += weights.back();
        }
        for (std::int64_t d = 0; d < shape.head_width; ++d) {
          double sum = 0.0;
          for (std::int64_t j = 0; j < seen; ++j)
            sum += weights[static_cast<std::size_t>(j)] *
                   static_cast<double>(v[static_cast<std::size_t>(j * kv_width() + from + d)]);
          out[static_cast<std::size_t>(t * width() + h * shape.head_width + d)] = sum / total;
        }
      }
    return out;
  }
};

constexpr AttentionShape kGrouped{.heads = 4, .kv_heads = 2, .head_width = 6};

TEST(Attention, FollowsTheFormula) {
  const std::vector<AttentionShape> shapes{kGrouped, {1, 1, 1}, {3, 3, 16}, {6, 1, 10}};
  for (const AttentionShape& shape : shapes)
    for (const auto& [queries, keys] :
         {std::pair{1, 1}, {1, 64}, {1, 65}, {63, 63}, {64, 64}, {70, 70}, {5, 130}, {129, 140}}) {
      const Case one(shape, queries, keys);
      const std::vector<float> out = one.run();
      const std::vector<double> expected = one.expected();
      for (std::size_t i = 0; i < out.size(); ++i)
        ASSERT_NEAR(out[i], expected[i], 3e-6) << shape.heads << " heads, " << queries << " of " << keys << ", " << i;
    }
}

TEST(Attention, RowsDoNotSeeWhatFollows) {
  const Case whole(kGrouped, 150, 150);
  const std::vector<float> out = whole.run();
  for (const std::int64_t kept : {1, 63, 64, 65, 149}) {
    Case changed = whole;
    const auto spoil = [&](std::vector<float>& x, std::int64_t width) {
      std::fill(x.begin() + kept * width, x.end(), std::numeric_limits<float>::quiet_NaN());
    };
    spoil(changed.q, changed.width());
    spoil(changed.k, changed.kv_width());
    spoil(changed.v, changed.kv_width());
    const std::vector<float> other = changed.run();
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + kept * whole.width(), other.begin())) << kept;
    // A shorter sequence altogether gives the same, too.
    Case shorter = whole;
    shorter.queries = shorter.keys = kept;
    const std::vector<float> first = shorter.run();
    EXPECT_TRUE(std::equal(first.begin(), first.end(), out.begin())) << kept;
  }
}

TEST(Attention, LastQueriesHaveTheBitsOfTheWholePass) {
  const Case whole(kGrouped, 150, 150);
  const std::vector<float> out = whole.run();
  for (const std::int64_t queries : {1, 2, 64, 100}) {
    Case some = whole;
    some.queries = queries;
    const std::vector<float> last = some.run();
    EXPECT_TRUE(std::equal(last.begin(), last.end(), out.end() - queries * whole.width())) << queries;
  }
}

TEST(Attention, SameBitsInEverySetting) {
  const Case grouped(kGrouped, 200, 200);
  expect_same_bits_in_every_setting([&] { return grouped.run(); });
}

TEST(Attention, ReadsRowsByTheirStride) {
  // q, k and v side by side in one row, as GPT's fused product leaves them.
  const Case apart({2, 2, 8}, 10, 10);
  const std::int64_t width = apart.width();
  std::vector<float> fused;
  for (std::int64_t t = 0; t < 10; ++t)
    for (const std::vector<float>* part : {&apart.q, &apart.k, &apart.v})
      fused.insert(fused.end(), part->begin() + t * width, part->begin() + (t + 1) * width);
  std::vector<float> out(static_cast<std::size_t>(10 * width));
  attention_forward<float>(apart.shape, scaling::Baseline::fp32, {fused.data(), 3 * width},
                           {fused.data() + width, 3 * width}, {fused.data() + 2 * width, 3 * width}, 10, 10,
                           {out.data(), width});
  EXPECT_EQ(out, apart.run());
}

TEST(Attention, DoubleAgreesWithTheFormula) {
  const Case one(kGrouped, 70, 70);
  const std::vector<double> q(one.q.begin(), one.q.end());
  const std::vector<double> k(one.k.begin(), one.k.end());
  const std::vector<double> v(one.v.begin(), one.v.end());
  std::vector<double> out(q.size());
  attention_forward<double>(one.shape, scaling::Baseline::fp32, {q.data(), one.width()}, {k.data(), one.kv_width()},
                            {v.data(), one.kv_width()}, 70, 70, {out.data(), one.width()});
  const std::vector<double> expected = one.expected();
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 1e-14);
}

}  // namespace
}  // namespace octavo::sim::nn
