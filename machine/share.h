// Loops that threads share, and only where that pays.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace octavo::machine {

/// Loops over fewer elements stay on one thread: waking the others costs more than they save, and on a busy machine
/// waiting for them costs milliseconds.
inline constexpr std::int64_t kWorthThreads = 1 << 15;

/// Threads for so many multiply-adds: below 2^17 a second one does not pay; 1 inside a parallel region.
inline int threads_for(std::int64_t work) {
  constexpr std::int64_t kWorthAThread = 1 << 17;
  if (work < 2 * kWorthAThread || omp_in_parallel() != 0) return 1;
  return static_cast<int>(std::min<std::int64_t>(work / kWorthAThread, omp_get_max_threads()));
}

/// body(i) for 0 <= i < count, in any order. A single thread does not pay for a team, which small products would feel.
template <class Body>
void share(std::int64_t count, int threads, const Body& body) {
  if (threads == 1) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
    return;
  }
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t i = 0; i < count; ++i) body(i);
}

/// to[0..n) = from[0..n), shared among threads.
template <class T>
void copy(const T* from, std::int64_t n, T* to) {
#pragma omp parallel for schedule(static) if (n > kWorthThreads)
  for (std::int64_t start = 0; start < n; start += kWorthThreads)
    std::copy_n(from + start, std::min(kWorthThreads, n - start), to + start);
}

}  // namespace octavo::machine
