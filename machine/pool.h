// The threads that wait for work: they spin for a moment after a loop, since the next one tends to follow at once, and
// then sleep, so that whoever else needs the processor has it. A thread that comes late to a loop finds its part done
// by the others, and nobody waits for one that has not come.
#pragma once

#include <cstdint>

namespace octavo::machine {

/// A loop over [0, count) in pieces of `grain` indices; body(context, first, last) runs one piece.
struct Loop {
  std::int64_t count = 0;
  std::int64_t grain = 1;
  void (*body)(const void* context, std::int64_t first, std::int64_t last) = nullptr;
  const void* context = nullptr;
};

/// Runs every piece once, on the calling thread and at most `team` - 1 others; returns when all are done. Each thread
/// begins with a part of its own, the same one in loops of the same shape, and goes on with what others have left.
/// While another thread of the program has the pool, the caller runs all pieces itself. An exception thrown by a piece
/// is thrown again here, the first one if there are several; pieces that had not begun are then left out.
void run(const Loop& loop, int team);

}  // namespace octavo::machine
