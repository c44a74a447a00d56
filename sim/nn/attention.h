// Causal attention with grouped key-value heads, in the baseline type.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "machine/share.h"
#include "sim/nn/baseline.h"
#include "sim/nn/baseline_product.h"
#include "sim/nn/elementwise/elementwise.h"
#include "sim/nn/elementwise/elementwise_backward.h"

namespace octavo::sim::nn {

struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;  ///< divides heads; head h reads key-value head h / (heads / kv_heads)
  std::int64_t head_width = 0;
};

/// Rows of q, k, v, out start row stride elements apart, heads lie side by side in a row.
template <class T>
struct AttentionRows {
  T* data = nullptr;
  std::int64_t stride = 0;
};

/// True if all of rows [first, last), `width` wide, is finite.
template <class T>
bool all_finite(const T* data, std::int64_t stride, std::int64_t width, std::int64_t first, std::int64_t last) {
  bool finite = true;
  for (std::int64_t t = first; t < last; ++t)
    for (std::int64_t i = 0; i < width; ++i) finite &= data[t * stride + i] - data[t * stride + i] == T(0);
  return finite;
}

/// About how long a query takes with a key in one head: two products of binary32 and a softmax, half of it masked.
inline double attention_nanoseconds(std::int64_t head_width) { return 0.5 + static_cast<double>(head_width) / 40; }

/// One sequence: the queries are the last `queries` of `keys` positions; query i sees the keys up to its own position.
/// out = softmax(q k^T / sqrt(head_width)) v. Rows are taken in blocks of 64 whatever the number of threads; sums run
/// in ascending order of keys, so a row's bits do not depend on the rows beside it, even if those hold NaN.
template <class T>
void attention_forward(const AttentionShape& shape, scaling::Baseline baseline, AttentionRows<const T> q,
                       AttentionRows<const T> k, AttentionRows<const T> v, std::int64_t queries, std::int64_t keys,
                       AttentionRows<T> out) {
  constexpr std::int64_t kBlock = 64;
  const std::int64_t d = shape.head_width;
  const std::int64_t blocks = (keys + kBlock - 1) / kBlock;
  const std::int64_t past = keys - queries;
  const T factor = static_cast<T>(1.0 / std::sqrt(static_cast<double>(d)));
  const double head = attention_nanoseconds(d) * static_cast<double>(queries * keys);
  machine::share(shape.heads, head, [&](std::int64_t h) {
    const std::int64_t column = h / (shape.heads / shape.kv_heads) * d;
    std::vector<Factor<T>> key_blocks;
    std::vector<Factor<T>> value_blocks;
    for (std::int64_t j = 0; j < blocks; ++j) {
      const std::int64_t first = j * kBlock;
      const std::int64_t count = std::min(kBlock, keys - first);
      key_blocks.emplace_back(gemm::Side::b, Strided<T>{k.data + first * k.stride + column, count, d, k.stride, 1});
      value_blocks.emplace_back(gemm::Side::b, Strided<T>{v.data + first * v.stride + column, d, count, 1, v.stride});
    }
    std::vector<T> scores(static_cast<std::size_t>(kBlock * blocks * kBlock));
    for (std::int64_t start = 0; start < queries; start += kBlock) {
      const std::int64_t rows = std::min(kBlock, queries - start);
      const std::int64_t width = (past + start + rows + kBlock - 1) / kBlock * kBlock;  // of a row of scores
      const Factor<T> query(gemm::Side::a, Strided<T>{q.data + start * q.stride + h * d, rows, d, q.stride, 1});
      for (std::int64_t j = 0; j * kBlock < width; ++j)
        multiply(query, key_blocks[static_cast<std::size_t>(j)], scores.data() + j * kBlock, width);
      for (std::int64_t t = 0; t < rows; ++t) {
        T* row = scores.data() + t * width;
        const std::int64_t seen = past + start + t + 1;
        for (std::int64_t i = 0; i < seen; ++i) row[i] *= factor;
        std::fill(row + seen, row + width, T(0));
      }
      round_to(baseline, scores.data(), rows * width);
      for (std::int64_t t = 0; t < rows; ++t) softmax(scores.data() + t * width, past + start + t + 1);
      round_to(baseline, scores.data(), rows * width);
      T* result = out.data + start * out.stride + h * d;
      // The weight 0 of a key that a row may not see hides every finite value, but 0 times infinity is NaN.
      const std::int64_t unseen = past + start + 1;
      const bool hidden = all_finite(v.data + column, v.stride, d, unseen, std::min(width, keys));
      for (std::int64_t j = 0; j * kBlock < width; ++j) {
        const std::int64_t count = std::min(kBlock, keys - j * kBlock);
        if (hidden || (j + 1) * kBlock <= unseen) {
          const Factor<T> weights(gemm::Side::a, Strided<T>{scores.data() + j * kBlock, rows, count, width, 1});
          multiply(weights, value_blocks[static_cast<std::size_t>(j)], result, out.stride, j > 0);
          continue;
        }
        for (std::int64_t t = 0; t < rows; ++t) {
          const std::int64_t seen = std::min(count, unseen + t - j * kBlock);
          if (seen <= 0) continue;
          const Factor<T> weights(gemm::Side::a, Strided<T>{scores.data() + t * width + j * kBlock, 1, seen, width, 1});
          const Factor<T> values(gemm::Side::b,
                                 Strided<T>{v.data + j * kBlock * v.stride + column, d, seen, 1, v.stride});
          multiply(weights, values, result + t * out.stride, out.stride, j > 0);
        }
      }
    }
  });
}

/// The derivative of attention_forward for one sequence without a cache: dq, dk, dv (overwritten) from dout. The
/// weights are computed again, with the bits of the forward pass. Sums into dk and dv ascend by head of the group, then
/// by block of 64 queries; sums into dq by block of keys.
template <class T>
void attention_backward(const AttentionShape& shape, scaling::Baseline baseline, AttentionRows<const T> q,
                        AttentionRows<const T> k, AttentionRows<const T> v, std::int64_t positions,
                        AttentionRows<const T> dout, AttentionRows<T> dq, AttentionRows<T> dk, AttentionRows<T> dv) {
  constexpr std::int64_t kBlock = 64;
  const std::int64_t d = shape.head_width;
  const std::int64_t blocks = (positions + kBlock - 1) / kBlock;
  const std::int64_t group = shape.heads / shape.kv_heads;
  const T factor = static_cast<T>(1.0 / std::sqrt(static_cast<double>(d)));
  const double heads = 3.0 * attention_nanoseconds(d) * static_cast<double>(positions * positions * group);
  machine::share(shape.kv_heads, heads, [&](std::int64_t g) {
    std::vector<Factor<T>> keys;    // [keys of the block, d]
    std::vector<Factor<T>> values;  // the same of v
    std::vector<Factor<T>> depths;  // [d, keys of the block]
    for (std::int64_t j = 0; j < blocks; ++j) {
      const std::int64_t first = j * kBlock;
      const std::int64_t count = std::min(kBlock, positions - first);
      const T* key = k.data + first * k.stride + g * d;
      keys.emplace_back(gemm::Side::b, Strided<T>{key, count, d, k.stride, 1});
      depths.emplace_back(gemm::Side::b, Strided<T>{key, d, count, 1, k.stride});
      values.emplace_back(gemm::Side::b, Strided<T>{v.data + first * v.stride + g * d, count, d, v.stride, 1});
    }
    std::vector<T> weights(static_cast<std::size_t>(kBlock * blocks * kBlock));
    std::vector<T> scores(weights.size());  // their derivatives
    for (std::int64_t h = g * group; h < (g + 1) * group; ++h)
      for (std::int64_t start = 0; start < positions; start += kBlock) {
        const std::int64_t rows = std::min(kBlock, positions - start);
        const std::int64_t width = (start + rows + kBlock - 1) / kBlock * kBlock;  // of a row of scores
        const T* query = q.data + start * q.stride + h * d;
        const T* result = dout.data + start * dout.stride + h * d;
        const Factor<T> queries(gemm::Side::a, Strided<T>{query, rows, d, q.stride, 1});
        const Factor<T> results(gemm::Side::a, Strided<T>{result, rows, d, dout.stride, 1});
        for (std::int64_t j = 0; j * kBlock < width; ++j) {
          multiply(queries, keys[static_cast<std::size_t>(j)], weights.data() + j * kBlock, width);
          multiply(results, values[static_cast<std::size_t>(j)], scores.data() + j * kBlock, width);
        }
        for (std::int64_t t = 0; t < rows; ++t) {
          T* weight = weights.data() + t * width;
          T* score = scores.data() + t * width;
          const std::int64_t seen = start + t + 1;
          for (std::int64_t i = 0; i < seen; ++i) weight[i] *= factor;
          std::fill(weight + seen, weight + width, T(0));
          std::fill(score + seen, score + width, T(0));
        }
        round_to(baseline, weights.data(), rows * width);
        round_to(baseline, scores.data(), rows * width);
        for (std::int64_t t = 0; t < rows; ++t) softmax(weights.data() + t * width, start + t + 1);
        round_to(baseline, weights.data(), rows * width);
        for (std::int64_t t = 0; t < rows; ++t)
          softmax_backward(weights.data() + t * width, scores.data() + t * width, factor, start + t + 1);
        round_to(baseline, scores.data(), rows * width);
        const Factor<T> query_depths(gemm::Side::b, Strided<T>{query, d, rows, 1, q.stride});
        const Factor<T> result_depths(gemm::Side::b, Strided<T>{result, d, rows, 1, dout.stride});
        for (std::int64_t j = 0; j * kBlock < width; ++j) {
          const std::int64_t first = j * kBlock;
          const std::int64_t count = std::min(kBlock, positions - first);
          const T* score = scores.data() + first;
          const Factor<T> to_queries(gemm::Side::a, Strided<T>{score, rows, count, width, 1});
          multiply(to_queries, depths[static_cast<std::size_t>(j)], dq.data + start * dq.stride + h * d, dq.stride,
                   j > 0);
          // The first product that reaches a block of keys is that of its own block of queries, of the first head.
          const bool again = !(h == g * group && first == start);
          const Factor<T> to_keys(gemm::Side::a, Strided<T>{score, count, rows, 1, width});
          multiply(to_keys, query_depths, dk.data + first * dk.stride + g * d, dk.stride, again);
          const Factor<T> to_values(gemm::Side::a, Strided<T>{weights.data() + first, count, rows, 1, width});
          multiply(to_values, result_depths, dv.data + first * dv.stride + g * d, dv.stride, again);
        }
      }
  });
}

}  // namespace octavo::sim::nn
