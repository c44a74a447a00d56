// Causal attention with grouped key-value heads, in the baseline type.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sim/nn/baseline.h"
#include "sim/nn/elementwise.h"
#include "sim/nn/parallel.h"
#include "sim/nn/product.h"

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

/// One sequence: the queries are the last `queries` of `keys` positions; query i sees the keys up to its own position.
/// out = softmax(q k^T / sqrt(head_width)) v. Rows are taken in blocks of 64 whatever the number of threads; sums run
/// in ascending order of keys, so a row's bits do not depend on the rows beside it.
template <class T>
void attention_forward(const AttentionShape& shape, scaling::Baseline baseline, AttentionRows<const T> q,
                       AttentionRows<const T> k, AttentionRows<const T> v, std::int64_t queries, std::int64_t keys,
                       AttentionRows<T> out) {
  constexpr std::int64_t kBlock = 64;
  const std::int64_t d = shape.head_width;
  const std::int64_t blocks = (keys + kBlock - 1) / kBlock;
  const std::int64_t past = keys - queries;
  const T factor = static_cast<T>(1.0 / std::sqrt(static_cast<double>(d)));
#pragma omp parallel for schedule(dynamic) if (queries * keys * shape.heads > kWorthThreads)
  for (std::int64_t h = 0; h < shape.heads; ++h) {
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
        round_to(baseline, row, seen);
        softmax(row, seen);
        round_to(baseline, row, seen);
        std::fill(row + seen, row + width, T(0));
      }
      T* result = out.data + start * out.stride + h * d;
      for (std::int64_t j = 0; j * kBlock < width; ++j) {
        const std::int64_t count = std::min(kBlock, keys - j * kBlock);
        const Factor<T> weights(gemm::Side::a, Strided<T>{scores.data() + j * kBlock, rows, count, width, 1});
        multiply(weights, value_blocks[static_cast<std::size_t>(j)], result, out.stride, j > 0);
      }
    }
  }
}

}  // namespace octavo::sim::nn
