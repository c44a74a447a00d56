// What the decoders of both families share: their parts, the sequences they run on, and the key-value cache.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/model/config.h"
#include "sim/nn/attention.h"
#include "sim/nn/embedding.h"
#include "sim/nn/linear.h"
#include "sim/nn/norm.h"
#include "sim/nn/parallel.h"

namespace octavo::sim::model {

template <class T>
struct Decoder {
  nn::Norm<T> attention_norm;
  nn::Norm<T> mlp_norm;
  std::array<std::optional<nn::Linear<T>>, kKindCount> linear;  ///< by Kind; those of the family are there

  const nn::Linear<T>& operator[](Kind kind) const { return *linear[static_cast<std::size_t>(kind)]; }
};

/// One micro-batch: B sequences one after the other, without padding.
struct Batch {
  std::vector<std::int32_t> ids;         ///< [T], all sequences together
  std::vector<std::int64_t> offsets{0};  ///< [B + 1]: sequence s is ids[offsets[s]..offsets[s + 1])
  std::int64_t first_position = 0;       ///< of each sequence; more than 0 only with a cache

  std::int64_t rows() const { return static_cast<std::int64_t>(ids.size()); }
  std::int64_t sequences() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  void add(std::span<const std::int32_t> sequence) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    offsets.push_back(rows());
  }
};

/// Keys and values of one decoder for one sequence, [positions, kv_heads * head_width] each.
template <class T>
struct KeyValueCache {
  std::vector<T> keys;
  std::vector<T> values;
};

/// What a forward pass needs besides the activations; buffers live from layer to layer.
template <class T>
struct Pass {
  scaling::Baseline baseline = scaling::Baseline::fp32;
  nn::CastObserver* observer = nullptr;
  const nn::Rope<T>* rope = nullptr;
  std::vector<T> normed, q, k, v, mixed, gate, up;

  T* buffer(std::vector<T>& which, std::int64_t elements) {
    if (which.size() < static_cast<std::size_t>(elements)) which.resize(static_cast<std::size_t>(elements));
    return which.data();
  }
  void round(T* x, std::int64_t elements) const { nn::round_to(baseline, x, elements); }
};

/// x += y, rounded to the baseline.
template <class T>
void add(T* x, const T* y, std::int64_t elements, const Pass<T>& pass) {
#pragma omp parallel for schedule(static) if (elements > nn::kWorthThreads)
  for (std::int64_t i = 0; i < elements; ++i) x[i] += y[i];
  pass.round(x, elements);
}

/// Attention over every sequence of the batch, or over the cache and the batch's one sequence, which it extends.
template <class T>
void attend(const Config& config, const Batch& batch, nn::AttentionRows<const T> q, nn::AttentionRows<const T> k,
            nn::AttentionRows<const T> v, KeyValueCache<T>* cache, const Pass<T>& pass, T* out) {
  const nn::AttentionShape shape{config.heads, config.kv_heads, config.head_width};
  const std::int64_t width = config.heads * config.head_width;
  const std::int64_t kv_width = config.kv_heads * config.head_width;
  for (std::int64_t s = 0; s < batch.sequences(); ++s) {
    const std::int64_t first = batch.offsets[static_cast<std::size_t>(s)];
    const std::int64_t count = batch.offsets[static_cast<std::size_t>(s) + 1] - first;
    nn::AttentionRows<const T> keys{k.data + first * k.stride, k.stride};
    nn::AttentionRows<const T> values{v.data + first * v.stride, v.stride};
    std::int64_t key_count = count;
    if (cache != nullptr) {
      for (std::int64_t t = 0; t < count; ++t) {
        cache->keys.insert(cache->keys.end(), keys.data + t * keys.stride, keys.data + t * keys.stride + kv_width);
        cache->values.insert(cache->values.end(), values.data + t * values.stride,
                             values.data + t * values.stride + kv_width);
      }
      keys = {cache->keys.data(), kv_width};
      values = {cache->values.data(), kv_width};
      key_count = batch.first_position + count;
    }
    nn::attention_forward<T>(shape, pass.baseline, {q.data + first * q.stride, q.stride}, keys, values, count,
                             key_count, {out + first * width, width});
  }
}

}  // namespace octavo::sim::model
