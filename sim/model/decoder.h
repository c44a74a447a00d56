// What the decoders of both families share: their parts, the sequences they run on, and the key-value cache.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "machine/share.h"
#include "sim/model/config.h"
#include "sim/model/gradients.h"
#include "sim/model/tape.h"
#include "sim/nn/attention.h"
#include "sim/nn/dropout.h"
#include "sim/nn/embedding.h"
#include "sim/nn/linear/linear.h"
#include "sim/nn/norm.h"

namespace octavo::sim::model {

template <class T>
struct Decoder {
  nn::Norm<T> attention_norm;
  nn::Norm<T> mlp_norm;
  std::array<std::optional<nn::Linear<T>>, kKindCount> linear;  ///< by Kind; those of the family are there

  const nn::Linear<T>& operator[](Kind kind) const { return *linear[static_cast<std::size_t>(kind)]; }
  nn::Linear<T>& operator[](Kind kind) { return *linear[static_cast<std::size_t>(kind)]; }
};

/// One micro-batch: B sequences one after the other, without padding.
struct Batch {
  std::vector<std::int32_t> ids;         ///< [T], all sequences together
  std::vector<std::int64_t> offsets{0};  ///< [B + 1]: sequence s is ids[offsets[s]..offsets[s + 1])
  std::int64_t first_position = 0;       ///< of each sequence; more than 0 only with a cache
  std::uint64_t number = 0;              ///< of the micro-batch, by which stochastic rounding draws

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
  nn::CastPass casts;
  const nn::Rope<T>* rope = nullptr;
  nn::Dropout dropout;
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
  machine::share(elements, 0.3, [&](std::int64_t i) { x[i] += y[i]; });
  pass.round(x, elements);
}

/// Adds a branch's result y to the residual stream x after dropout; y is overwritten.
template <class T>
void add_branch(T* x, T* y, std::int64_t elements, std::uint64_t site, const Pass<T>& pass) {
  nn::drop(pass.dropout, site, y, elements);
  add(x, y, elements, pass);
}

/// Places of dropout: the embeddings are 0, the two branches of each decoder follow.
constexpr std::uint64_t attention_site(std::int64_t layer) { return 2 * static_cast<std::uint64_t>(layer) + 1; }
constexpr std::uint64_t mlp_site(std::int64_t layer) { return 2 * static_cast<std::uint64_t>(layer) + 2; }

/// f(s) for each sequence s of a batch: shared among threads if no sequence is more than a thread's part, otherwise one
/// after another, for f to share its heads. `times`: how long f takes, in times of the forward pass.
template <class F>
void for_sequences(const Config& config, const Batch& batch, double times, const F& f) {
  std::int64_t scores = 0, most = 0;
  for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
    const std::int64_t count = batch.offsets[s + 1] - batch.offsets[s];
    scores += config.heads * count * count;
    most = std::max(most, config.heads * count * count);
  }
  const std::int64_t sequences = batch.sequences();
  if (most * machine::threads() > scores) {
    for (std::int64_t s = 0; s < sequences; ++s) f(s);
    return;
  }
  const double all = times * nn::attention_nanoseconds(config.head_width) * static_cast<double>(scores);
  machine::share(sequences, all / static_cast<double>(std::max<std::int64_t>(sequences, 1)), f);
}

/// Attention over every sequence of the batch, or over the cache and the batch's one sequence, which it extends.
template <class T>
void attend(const Config& config, const Batch& batch, nn::AttentionRows<const T> q, nn::AttentionRows<const T> k,
            nn::AttentionRows<const T> v, KeyValueCache<T>* cache, const Pass<T>& pass, T* out) {
  const nn::AttentionShape shape{config.heads, config.kv_heads, config.head_width};
  const std::int64_t width = config.heads * config.head_width;
  const std::int64_t kv_width = config.kv_heads * config.head_width;
  for_sequences(config, batch, 1.0, [&](std::int64_t s) {  // one alone if there is a cache
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
  });
}

/// The derivative of attend without a cache, rounded to the baseline.
template <class T>
void attend_backward(const Config& config, const Batch& batch, nn::AttentionRows<const T> q,
                     nn::AttentionRows<const T> k, nn::AttentionRows<const T> v, const Pass<T>& pass, const T* dout,
                     nn::AttentionRows<T> dq, nn::AttentionRows<T> dk, nn::AttentionRows<T> dv) {
  const nn::AttentionShape shape{config.heads, config.kv_heads, config.head_width};
  const std::int64_t width = config.heads * config.head_width;
  for_sequences(config, batch, 3.0, [&](std::int64_t s) {
    const std::int64_t first = batch.offsets[static_cast<std::size_t>(s)];
    const std::int64_t count = batch.offsets[static_cast<std::size_t>(s) + 1] - first;
    const auto from = [&](auto rows) {
      rows.data += first * rows.stride;
      return rows;
    };
    nn::attention_backward<T>(shape, pass.baseline, from(q), from(k), from(v), count, {dout + first * width, width},
                              from(dq), from(dk), from(dv));
  });
}

/// The derivative of x + branch(norm(x)): dnormed becomes dx of the norm, and joins dx, the stream's.
template <class T>
void norm_branch_backward(const nn::Norm<T>& norm, const std::vector<T>& x, T* dnormed, std::int64_t rows,
                          const NormGradients<T>& gradients, const Pass<T>& pass, T* dx) {
  const std::int64_t elements = rows * static_cast<std::int64_t>(norm.gain.size());
  nn::norm_backward(norm, x.data(), dnormed, rows, dnormed, gradients.gain, gradients.bias);
  pass.round(dnormed, elements);
  add(dx, dnormed, elements, pass);
}

}  // namespace octavo::sim::model
