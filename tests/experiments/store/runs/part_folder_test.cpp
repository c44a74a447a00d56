// Parts: killed, resumed, damaged, shared and squeezed runs leave whole results or one clear line.
#include "experiments/store/runs/part_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "experiments/store/runs/part_file.h"
#include "experiments/store/runs/run_file.h"
#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::store {
namespace {

using testing::HasSubstr;

constexpr int kPoints = 6;
const std::string kFingerprint = sample_header().fingerprint;

/// A sweep: what `octavo sweep` does with the store.
void sweep(const std::filesystem::path& out, Existing policy) {
  PartFolder parts(out, kFingerprint, policy);
  if (parts.complete()) return;
  for (int point = 0; point < kPoints; ++point)
    if (!parts.has(point)) parts.write(point, sample_run(point));
  parts.assemble(sample_header(), sample_axis(), kPoints, Tables(sample_sweep(kPoints), sample_interval()));
}

/// The bytes that an undisturbed sweep makes.
std::string whole() {
  const TemporaryFolder folder;
  sweep(folder / "o.h5", Existing::refuse);
  return bytes_of(folder / "o.h5");
}

std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  return "no error";
}

/// Runs `f` in a process of its own; the exit status is 0, or 1 with the message of an Error in `folder`/error.
pid_t start(const TemporaryFolder& folder, const std::function<void()>& f) {
  const pid_t child = fork();
  if (child != 0) return child;
  int status = 0;
  try {
    f();
  } catch (const Error& error) {
    std::signal(SIGXFSZ, SIG_DFL);
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &none);
    write_bytes(folder / "error", error.what());
    status = 1;
  }
  std::exit(status);  // NOLINT(concurrency-mt-unsafe): with HDF5's own exit handlers, if it has any
}

int status_of(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Parts, BecomeTheFileThatWriteFileWrites) {
  const TemporaryFolder folder;
  sweep(folder / "o.h5", Existing::refuse);
  EXPECT_EQ(files_in(folder.path()), 1U) << "parts are left";
  std::vector<store::Run> runs;
  for (int point = 0; point < kPoints; ++point) runs.push_back(sample_run(point));
  write_file(folder / "p.h5", Existing::refuse, sample_header(), sample_axis(), runs,
             Tables(sample_sweep(kPoints), sample_interval()));
  EXPECT_EQ(bytes_of(folder / "o.h5"), bytes_of(folder / "p.h5"));
}

TEST(Parts, OfAnExistingFileAreRefusedResumedOrForced) {
  const TemporaryFolder folder;
  sweep(folder / "o.h5", Existing::refuse);
  const std::string bytes = bytes_of(folder / "o.h5");
  EXPECT_THAT(message([&] { sweep(folder / "o.h5", Existing::refuse); }), HasSubstr("--force"));
  EXPECT_TRUE(PartFolder(folder / "o.h5", kFingerprint, Existing::resume).complete());
  EXPECT_THAT(message([&] { PartFolder(folder / "o.h5", "another", Existing::resume); }), HasSubstr("is another run"));
  EXPECT_EQ(bytes_of(folder / "o.h5"), bytes);
  {
    const PartFolder forced(folder / "o.h5", "another", Existing::force);
    EXPECT_FALSE(forced.complete());
    EXPECT_EQ(bytes_of(folder / "o.h5"), bytes) << "the old result must stay until the new one is whole";
  }
  write_bytes(folder / "text.h5", "not HDF5");
  EXPECT_THAT(message([&] { PartFolder(folder / "text.h5", kFingerprint, Existing::resume); }), HasSubstr("text.h5"));
  EXPECT_EQ(bytes_of(folder / "text.h5"), "not HDF5");
  EXPECT_EQ(files_in(folder.path()), 2U);
}

TEST(Parts, LeftBehindAreRefusedResumedOrForced) {
  const TemporaryFolder folder;
  PartFolder(folder / "o.h5", kFingerprint, Existing::refuse).write(2, sample_run(2));
  EXPECT_THAT(message([&] { PartFolder(folder / "o.h5", kFingerprint, Existing::refuse); }), HasSubstr("--resume"));
  EXPECT_THAT(message([&] { PartFolder(folder / "o.h5", "another", Existing::resume); }), HasSubstr("--force"));
  {
    const PartFolder parts(folder / "o.h5", kFingerprint, Existing::resume);
    EXPECT_TRUE(parts.has(2));
    EXPECT_FALSE(parts.has(1));
    EXPECT_EQ(parts.read(2), sample_run(2));
    EXPECT_THAT(message([&] { parts.read(1); }), HasSubstr("1.h5: it is absent or not what was written"));
    EXPECT_TRUE(parts.notes().empty());
  }
  EXPECT_FALSE(PartFolder(folder / "o.h5", "another", Existing::force).has(2));
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(Parts, ThatAreDamagedAreComputedAgain) {
  const TemporaryFolder folder;
  {
    PartFolder parts(folder / "o.h5", kFingerprint, Existing::refuse);
    for (int point = 0; point < 4; ++point) parts.write(point, sample_run(point));
  }
  const std::filesystem::path parts_folder = folder / "o.h5.parts";
  std::string bytes = bytes_of(parts_folder / "1.h5");
  write_bytes(parts_folder / "1.h5", bytes.substr(0, bytes.size() / 2));
  write_bytes(parts_folder / "2.h5", "");
  std::filesystem::copy_file(parts_folder / "0.h5", parts_folder / "3.h5",
                             std::filesystem::copy_options::overwrite_existing);
  write_bytes(parts_folder / "notes.txt", "somebody's");
  const PartFolder parts(folder / "o.h5", kFingerprint, Existing::resume);
  EXPECT_TRUE(parts.has(0));
  for (int point = 1; point < 4; ++point) EXPECT_FALSE(parts.has(point)) << point;
  EXPECT_EQ(parts.notes().size(), 3U);
  EXPECT_THAT(parts.notes(), testing::Contains(testing::AllOf(HasSubstr("point 1"), HasSubstr("1.h5"))));
  sweep(folder / "o.h5", Existing::resume);
  EXPECT_EQ(bytes_of(folder / "o.h5"), whole());
  EXPECT_EQ(files_in(parts_folder), 1U) << "what is not ours must stay";
}

TEST(Parts, NoticeEveryFlippedBit) {
  const TemporaryFolder folder;
  write_part(folder / "3.h5", kFingerprint, 3, sample_run(3));
  const std::string bytes = bytes_of(folder / "3.h5");
  std::fstream file(folder / "3.h5", std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
    file.flush();
  };
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    put(at, static_cast<char>(bytes[at] ^ (1 << at % 8)));
    ASSERT_THROW(read_part(folder / "3.h5", 3), Error) << "byte " << at;
    put(at, bytes[at]);
  }
  EXPECT_EQ(read_part(folder / "3.h5", 3), sample_run(3));
}

TEST(Parts, SurviveKillsAtAnyMoment) {
  const TemporaryFolder folder;
  const std::string expected = whole();
  int kills = 0;
  for (int delay = 5; delay < 50; delay += 13) {
    for (int attempt = 0; !std::filesystem::exists(folder / "o.h5"); ++attempt) {
      const pid_t child = start(folder, [&] { sweep(folder / "o.h5", Existing::resume); });
      usleep(static_cast<useconds_t>(delay * 1000 * (1 + attempt)));
      kill(child, SIGKILL);
      const int status = status_of(child);
      ASSERT_TRUE(status == 0 || status == -SIGKILL) << bytes_of(folder / "error");
      kills += status != 0;
    }
    ASSERT_EQ(bytes_of(folder / "o.h5"), expected) << "killed after " << delay << " ms";
    sweep(folder / "o.h5", Existing::resume);
    ASSERT_EQ(files_in(folder.path()), 1U) << "resuming a whole run must clean up";
    std::filesystem::remove(folder / "o.h5");
  }
  EXPECT_GT(kills, 0);
}

TEST(Parts, MayBeSharedByProcesses) {
  const std::string expected = whole();
  for (int round = 0; round < 4; ++round) {
    const TemporaryFolder folder;
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) children.push_back(start(folder, [&] { sweep(folder / "o.h5", Existing::resume); }));
    for (const pid_t child : children) EXPECT_EQ(status_of(child), 0) << bytes_of(folder / "error");
    EXPECT_EQ(bytes_of(folder / "o.h5"), expected);
    EXPECT_EQ(files_in(folder.path()), 1U);
  }
}

TEST(Parts, OfAnotherRunWrittenMeanwhileAreNotMixedIn) {
  const TemporaryFolder folder;
  PartFolder parts(folder / "o.h5", kFingerprint, Existing::refuse);
  for (int point = 0; point < kPoints; ++point) parts.write(point, sample_run(point));
  write_part(folder / "o.h5.parts/3.h5", "another", 3, sample_run(3));
  EXPECT_THAT(message([&] { parts.assemble(sample_header(), sample_axis(), kPoints, {}); }), HasSubstr("another run"));
  EXPECT_FALSE(std::filesystem::exists(folder / "o.h5"));
}

TEST(Parts, KeepResultsWhereFilesMayNotGrow) {
  const TemporaryFolder folder;
  const auto limited = [&](Existing policy, rlim_t bytes) {
    return status_of(start(folder, [&, policy, bytes] {
      const rlimit limit{bytes, RLIM_INFINITY};
      setrlimit(RLIMIT_FSIZE, &limit);
      std::signal(SIGXFSZ, SIG_IGN);
      sweep(folder / "o.h5", policy);
    }));
  };
  EXPECT_EQ(limited(Existing::refuse, 4000), 1);  // not one part
  EXPECT_THAT(bytes_of(folder / "error"), testing::AllOf(HasSubstr("0.h5"), HasSubstr("File too large")));
  EXPECT_FALSE(std::filesystem::exists(folder / "o.h5.parts"));
  EXPECT_EQ(limited(Existing::refuse, 10000), 1);  // the first part alone
  EXPECT_EQ(files_in(folder / "o.h5.parts"), 1U);
  EXPECT_EQ(limited(Existing::resume, 40000), 1);  // the parts, but not the file
  EXPECT_THAT(bytes_of(folder / "error"), testing::AllOf(HasSubstr("o.h5:"), HasSubstr("File too large")));
  EXPECT_EQ(files_in(folder / "o.h5.parts"), static_cast<std::size_t>(kPoints));
  EXPECT_FALSE(std::filesystem::exists(folder / "o.h5"));
  EXPECT_EQ(limited(Existing::resume, 1 << 20), 0);
  const std::string bytes = bytes_of(folder / "o.h5");
  EXPECT_EQ(bytes, whole());
  EXPECT_EQ(limited(Existing::force, 40000), 1);
  EXPECT_EQ(bytes_of(folder / "o.h5"), bytes) << "a failed --force must keep the old result";
}

TEST(Parts, KeepResultsOnAFullDisk) {
  const TemporaryFolder folder;
  if (mount("octavo-test", folder.path().c_str(), "tmpfs", 0, "size=120k") != 0)
    GTEST_SKIP() << "needs the right to mount a small tmpfs";
  const auto cleanup = std::unique_ptr<const TemporaryFolder, void (*)(const TemporaryFolder*)>(
      &folder, [](const TemporaryFolder* mounted) { umount2(mounted->path().c_str(), MNT_DETACH); });
  const TemporaryFolder messages;
  for (int point = 6; point < 60; ++point) {
    const int status = status_of(start(messages, [&] {
      PartFolder parts(folder / "o.h5", kFingerprint, Existing::resume);
      parts.write(point, sample_run(point));
    }));
    if (status == 0) continue;
    EXPECT_EQ(status, 1);
    EXPECT_THAT(bytes_of(messages / "error"),
                testing::AllOf(HasSubstr("No space left on device"), HasSubstr("free space")));
    const PartFolder parts(folder / "o.h5", kFingerprint, Existing::resume);
    for (int earlier = 6; earlier < point; ++earlier) EXPECT_TRUE(parts.has(earlier)) << earlier;
    EXPECT_FALSE(parts.has(point));
    EXPECT_TRUE(parts.notes().empty());
    EXPECT_EQ(files_in(folder / "o.h5.parts"), static_cast<std::size_t>(point - 6)) << "a temporary file is left";
    return;
  }
  FAIL() << "the disk never filled";
}

TEST(Parts, NeedAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(message([&] { sweep(folder / "absent/o.h5", Existing::refuse); }), HasSubstr("folder does not exist"));
}

TEST(Parts, ReplaceFilesAlone) {
  EXPECT_THAT(message([&] { sweep("/dev/null", Existing::force); }), HasSubstr("not an ordinary file"));
}

TEST(Parts, NeedTheNameOfTheirFolder) {
  const TemporaryFolder folder;
  write_bytes(folder / "o.h5.parts", "a file");
  EXPECT_THAT(message([&] { sweep(folder / "o.h5", Existing::resume); }),
              testing::MatchesRegex("cannot (create|read) .*o\\.h5\\.parts: .*"));
  EXPECT_EQ(bytes_of(folder / "o.h5.parts"), "a file");
}

/// What `f` complains of where the folder has this mode, and root is nobody.
std::string complaint_of_nobody(const TemporaryFolder& folder, mode_t mode, const std::function<void()>& f) {
  const TemporaryFolder messages;
  chmod(messages.path().c_str(), 0777);
  chmod(folder.path().c_str(), mode);
  const int status = status_of(start(messages, [&] {
    if (geteuid() == 0 && setuid(65534) != 0) throw Error("cannot become nobody");  // root may write anywhere
    f();
  }));
  chmod(folder.path().c_str(), 0700);
  EXPECT_EQ(status, 1);
  return bytes_of(messages / "error");
}

TEST(Parts, NeedAFolderThatMayBeWritten) {
  const TemporaryFolder folder;
  EXPECT_THAT(complaint_of_nobody(folder, 0555, [&] { sweep(folder / "p.h5", Existing::refuse); }),
              HasSubstr("Permission denied"));
}

TEST(Parts, NeedAFolderThatMayBeEntered) {
  const TemporaryFolder folder;
  EXPECT_THAT(complaint_of_nobody(folder, 0000, [&] { sweep(folder / "p.h5", Existing::refuse); }),
              HasSubstr("Permission denied"));
}

TEST(RunFile, NeedsAFolderThatMayBeWritten) {
  const TemporaryFolder folder;
  EXPECT_THAT(complaint_of_nobody(folder, 0555, [&] { write_file(folder / "p.h5", Existing::refuse, {}, {}, {}, {}); }),
              HasSubstr("Permission denied"));
}

}  // namespace
}  // namespace octavo::experiments::store
