// One loop at a time. The state of the team is one word, so that joining, closing and leaving cannot miss each other.
#include "machine/pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "machine/threads.h"

namespace octavo::machine {
namespace {

constexpr int kMostThreads = 256;
/// Longer than the gap between two loops of a layer, shorter than a scheduler's time slice by far.
constexpr std::chrono::microseconds kSpin{30};

std::atomic<int> threads_in_use{0};  ///< 0: as many as processors
std::atomic<bool> forked{false};
thread_local bool inside = false;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// True as soon as done() is; false if it is not within kSpin.
template <class Done>
bool spin(const Done& done) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 32; ++i) {
      if (done()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

/// Who computes the current loop: its number, how many slots it has (0: closed) and how many helpers are at work in it.
struct alignas(8) Team {  // aligned, so that clang too takes it as one word
  std::uint32_t loop;
  std::uint16_t slots;
  std::uint16_t active;
};
static_assert(std::atomic<Team>::is_always_lock_free);

/// What one thread owns, on cache lines of its own.
struct alignas(128) Slot {
  std::atomic<std::int64_t> next{0};  ///< the first index of its part that nobody has taken
  std::int64_t end = 0;
  std::atomic<std::uint32_t> bell{0};  ///< the number of the loop that its helper is called to
};

class Pool {
 public:
  void run(const Loop& loop, int team) {
    const std::unique_lock lock(one_loop_, std::try_to_lock);
    team = lock ? started(team) : 1;
    if (team <= 1) return loop.body(loop.context, 0, loop.count);
    loop_ = loop;
    failure_ = nullptr;
    const std::int64_t pieces = (loop.count + loop.grain - 1) / loop.grain;
    for (int slot = 0; slot < team; ++slot) {
      slots_[slot].next.store(pieces * slot / team * loop.grain, std::memory_order_relaxed);
      slots_[slot].end = std::min(pieces * (slot + 1) / team * loop.grain, loop.count);
    }
    const std::uint32_t number = team_.load(std::memory_order_relaxed).loop + 1;
    team_.store({number, static_cast<std::uint16_t>(team), 0}, std::memory_order_release);
    for (int slot = 1; slot < team; ++slot) {
      slots_[slot].bell.store(number);  // in one order with the helper's count of sleepers, or it sleeps on
      slots_[slot].bell.notify_one();
    }
    compute(0, team);
    close_and_wait();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  /// The size of the team that can be had: a helper for each slot but the caller's.
  int started(int team) {
    for (; helpers_ + 1 < team; ++helpers_) {
      try {
        std::thread(&Pool::help, this, helpers_ + 1).detach();
      } catch (const std::system_error&) {  // the system gives no more threads: do with those there are
        return helpers_ + 1;
      }
    }
    return team;
  }

  [[noreturn]] void help(int slot) {
    std::atomic<std::uint32_t>& bell = slots_[slot].bell;
    std::uint32_t seen = 0;
    for (;;) {
      if (!spin([&] { return bell.load(std::memory_order_acquire) != seen; }))
        bell.wait(seen, std::memory_order_acquire);
      seen = bell.load(std::memory_order_acquire);
      Team team = team_.load(std::memory_order_acquire);
      while (team.loop == seen && slot < team.slots) {
        const Team joined{team.loop, team.slots, static_cast<std::uint16_t>(team.active + 1)};
        if (!team_.compare_exchange_weak(team, joined, std::memory_order_acq_rel)) continue;
        compute(slot, team.slots);
        leave();
        break;
      }
    }
  }

  void leave() {
    Team team = team_.load(std::memory_order_relaxed);
    Team left{};
    do {
      left = {team.loop, team.slots, static_cast<std::uint16_t>(team.active - 1)};
    } while (!team_.compare_exchange_weak(team, left, std::memory_order_acq_rel));
    if (left.active == 0 && left.slots == 0) {
      left_.fetch_add(1, std::memory_order_release);
      left_.notify_one();
    }
  }

  /// After this no helper touches the loop.
  void close_and_wait() {
    Team team = team_.load(std::memory_order_relaxed);
    while (!team_.compare_exchange_weak(team, {team.loop, 0, team.active}, std::memory_order_acq_rel)) continue;
    const auto all_left = [&] { return team_.load(std::memory_order_acquire).active == 0; };
    if (spin(all_left)) return;
    for (;;) {
      const std::uint32_t before = left_.load(std::memory_order_acquire);
      if (all_left()) return;
      left_.wait(before, std::memory_order_acquire);
    }
  }

  void compute(int slot, int team) {
    inside = true;
    for (int i = 0; i < team; ++i) {
      Slot& part = slots_[(slot + i) % team];
      for (;;) {
        const std::int64_t first = part.next.fetch_add(loop_.grain, std::memory_order_relaxed);
        if (first >= part.end) break;
        try {
          loop_.body(loop_.context, first, std::min(first + loop_.grain, part.end));
        } catch (...) {
          fail(team);
        }
      }
    }
    inside = false;
  }

  void fail(int team) {
    const std::lock_guard lock(failing_);
    if (!failure_) failure_ = std::current_exception();
    for (int slot = 0; slot < team; ++slot) slots_[slot].next.store(slots_[slot].end, std::memory_order_relaxed);
  }

  std::mutex one_loop_;
  int helpers_ = 0;
  Loop loop_;
  std::array<Slot, kMostThreads> slots_;
  alignas(128) std::atomic<Team> team_{Team{0, 0, 0}};
  alignas(128) std::atomic<std::uint32_t> left_{0};  ///< loops whose last helper has left after they were closed
  std::mutex failing_;
  std::exception_ptr failure_;
};

/// Never destroyed: helpers wait in it until the process ends.
Pool& pool() {
  static auto& all = *new Pool;
  return all;
}

/// Those that this process may run on.
int processors() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int threads() {
  const int asked = threads_in_use.load(std::memory_order_relaxed);
  if (asked > 0) return asked;
  static const int all = std::min(processors(), kMostThreads);
  return all;
}

void use_threads(int count) { threads_in_use.store(std::clamp(count, 0, kMostThreads), std::memory_order_relaxed); }

bool alone() { return inside || forked.load(std::memory_order_relaxed); }

void run(const Loop& loop, int team) {
  static const int watched = pthread_atfork(nullptr, nullptr, [] { forked.store(true); });
  if (alone() || team <= 1 || watched != 0) return loop.body(loop.context, 0, loop.count);
  pool().run(loop, std::min(team, kMostThreads));
}

}  // namespace octavo::machine
