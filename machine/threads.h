// How many threads compute.
#pragma once

namespace octavo::machine {

/// Threads that a loop may use, the calling one among them: as many as processors that this process may run on, unless
/// use_threads says otherwise. No result depends on it but the engine `eigen`'s.
int threads();

/// From now on at most `count` threads (more than 256 count as 256); 0: again as many as processors. Not to be called
/// while a loop is being shared.
void use_threads(int count);

/// True where a loop is not shared out: inside the body of a shared loop, and in the child of a fork, which has none of
/// its parent's threads.
bool alone();

}  // namespace octavo::machine
