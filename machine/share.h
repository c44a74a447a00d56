// A loop that threads share where that pays.
#pragma once

#include <algorithm>
#include <cstdint>

#include "machine/pool.h"
#include "machine/threads.h"

namespace octavo::machine {

/// What a thread must find to do before it is worth calling: to wake one that sleeps takes some 10 to 50 microseconds.
inline constexpr double kWorthAThread = 40e3;  // ns
/// Pieces are no shorter than this where there are enough of them: taking one costs up to 0.1 microseconds.
inline constexpr double kPieceTime = 5e3;  // ns
/// Pieces for each thread, so that one that begins late, or loses its processor for a while, leaves work to the others.
inline constexpr std::int64_t kPiecesPerThread = 8;

/// Threads for a loop that takes one thread so many nanoseconds.
inline int threads_for(double nanoseconds) {
  if (nanoseconds < 2 * kWorthAThread || alone()) return 1;
  return static_cast<int>(std::min(nanoseconds / kWorthAThread, static_cast<double>(threads())));
}

/// body(first, last) for pieces of [0, count) of about `grain` indices, on at most `team` threads.
template <class Body>
void share_pieces(std::int64_t count, std::int64_t grain, int team, const Body& body) {
  if (team <= 1 || count <= grain) {
    if (count > 0) body(std::int64_t{0}, count);
    return;
  }
  run({.count = count,
       .grain = grain,
       .body = [](const void* context, std::int64_t first,
                  std::int64_t last) { (*static_cast<const Body*>(context))(first, last); },
       .context = &body},
      team);
}

/// body(first, last) for pieces of [0, count), which cover it, in any order and on any thread. `each`: about how many
/// nanoseconds an index takes; it decides how many threads share the loop and how long a piece is, so nothing that is
/// computed may depend on where a piece ends. A wrong guess costs speed alone.
template <class Body>
void share_range(std::int64_t count, double each, const Body& body) {
  const int team = static_cast<int>(std::min<std::int64_t>(threads_for(static_cast<double>(count) * each), count));
  const auto enough = static_cast<std::int64_t>(std::min(kPieceTime / std::max(each, 1e-3), 1e15)) + 1;
  share_pieces(count, std::clamp<std::int64_t>(count / (kPiecesPerThread * team + 1), 1, enough), team, body);
}

/// body(i) for 0 <= i < count, each once, likewise.
template <class Body>
void share(std::int64_t count, double each, const Body& body) {
  share_range(count, each, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) body(i);
  });
}

/// to[0..n) = from[0..n), shared among threads.
template <class T>
void copy(const T* from, std::int64_t n, T* to) {
  share_range(n, 0.2, [&](std::int64_t first, std::int64_t last) { std::copy(from + first, from + last, to + first); });
}

}  // namespace octavo::machine
