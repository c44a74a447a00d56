// When a loop is worth sharing among threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace octavo::machine {

/// Loops over fewer elements stay on one thread: waking the others costs more than they save, and on a busy machine
/// waiting for them costs milliseconds.
inline constexpr std::int64_t kWorthThreads = 1 << 15;

/// to[0..n) = from[0..n), shared among threads.
template <class T>
void copy(const T* from, std::int64_t n, T* to) {
#pragma omp parallel for schedule(static) if (n > kWorthThreads)
  for (std::int64_t start = 0; start < n; start += kWorthThreads)
    std::copy_n(from + start, std::min(kWorthThreads, n - start), to + start);
}

}  // namespace octavo::machine
