// Shared loops: every index once, whatever the team; exceptions, nesting, several callers, a fork.
#include "machine/share.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

namespace octavo::machine {
namespace {

constexpr double kLong = 1e6;  // ns: long enough that every thread there is gets called

/// Puts the number of threads back.
class ShareTest : public testing::Test {
 protected:
  ~ShareTest() override { use_threads(before_); }
  int before_ = threads();
};

TEST_F(ShareTest, EveryIndexOnce) {
  for (const int team : {1, 2, 3, 5, 16}) {
    use_threads(team);
    for (const std::int64_t count : {0, 1, 2, 3, 7, 100, 10007}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      share(count, kLong / 1000, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
      for (const auto& times : seen) ASSERT_EQ(times, 1) << team << " threads, " << count << " indices";
    }
  }
}

TEST_F(ShareTest, PiecesCoverTheRange) {
  use_threads(3);
  for (const std::int64_t count : {1, 10, 4096, 99991})
    for (const std::int64_t grain : {1, 7, 1000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      share_pieces(count, grain, 3, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      for (const auto& times : seen) ASSERT_EQ(times, 1) << count << " by " << grain;
    }
}

TEST_F(ShareTest, ThreadsThatSleepComeBack) {
  use_threads(2);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // longer than they spin
    std::atomic<std::int64_t> sum = 0;
    share(1000, kLong, [&](std::int64_t i) { sum += i; });
    ASSERT_EQ(sum, 499500);
  }
}

TEST_F(ShareTest, ASecondThreadTakesPart) {
  use_threads(2);
  std::atomic<int> inside = 0;
  std::atomic<bool> together = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  share_pieces(2, 1, 2, [&](std::int64_t, std::int64_t) {
    ++inside;
    while (!together && std::chrono::steady_clock::now() < end)
      if (inside == 2) together = true;
  });
  EXPECT_TRUE(together);
}

TEST_F(ShareTest, ShortLoopsStayOnTheCallingThread) {
  use_threads(4);
  const std::thread::id caller = std::this_thread::get_id();
  share(100, 1.0, [&](std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
  EXPECT_EQ(threads_for(2 * kWorthAThread - 1), 1);
  EXPECT_EQ(threads_for(3 * kWorthAThread), 3);
  EXPECT_EQ(threads_for(1e12), 4);
}

TEST_F(ShareTest, AnExceptionReachesTheCaller) {
  for (const int team : {1, 3}) {
    use_threads(team);
    EXPECT_THROW(share(1000, kLong,
                       [](std::int64_t i) {
                         if (i == 777) throw std::out_of_range("777");
                       }),
                 std::out_of_range);
    std::atomic<int> after = 0;
    share(1000, kLong, [&](std::int64_t) { ++after; });
    EXPECT_EQ(after, 1000);
  }
}

TEST_F(ShareTest, ALoopInsideALoopIsNotShared) {
  use_threads(2);
  EXPECT_FALSE(alone());
  std::atomic<std::int64_t> sum = 0;
  share(10, kLong, [&](std::int64_t) {
    const std::thread::id outer = std::this_thread::get_id();
    EXPECT_TRUE(alone());
    share(10, kLong, [&](std::int64_t i) {
      EXPECT_EQ(std::this_thread::get_id(), outer);
      sum += i;
    });
  });
  EXPECT_EQ(sum, 450);
  EXPECT_FALSE(alone());
}

TEST_F(ShareTest, SeveralCallersAtOnce) {
  use_threads(3);
  std::vector<std::int64_t> sums(4);
  std::vector<std::thread> callers;
  for (std::size_t c = 0; c < sums.size(); ++c)
    callers.emplace_back([&, c] {
      for (int round = 0; round < 200; ++round) {
        std::vector<std::int64_t> squares(500);
        share(500, kLong, [&](std::int64_t i) { squares[static_cast<std::size_t>(i)] = i * i; });
        sums[c] += std::accumulate(squares.begin(), squares.end(), std::int64_t{0});
      }
    });
  for (std::thread& caller : callers) caller.join();
  for (const std::int64_t sum : sums) EXPECT_EQ(sum, 200 * std::int64_t{41541750});
}

TEST_F(ShareTest, TheChildOfAForkComputesAlone) {
  use_threads(2);
  std::atomic<int> before = 0;
  share(100, kLong, [&](std::int64_t) { ++before; });  // the pool has started
  const pid_t child = fork();
  if (child == 0) {
    int count = 0;  // not atomic: one thread
    share(100, kLong, [&](std::int64_t) { ++count; });
    _exit(alone() && count == 100 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_FALSE(alone());
}

}  // namespace
}  // namespace octavo::machine
