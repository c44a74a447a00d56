// When a loop is worth sharing among threads.
#pragma once

#include <cstdint>

namespace octavo::sim::nn {

/// Loops over fewer elements stay on one thread: waking the others costs more than they save, and on a busy machine
/// waiting for them costs milliseconds.
inline constexpr std::int64_t kWorthThreads = 1 << 15;

}  // namespace octavo::sim::nn
