// The parts of a run in progress: what makes a sweep survive being killed.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "experiments/store/replacement.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/run.h"
#include "experiments/store/runs/tables.h"

namespace octavo::experiments::store {

/// The folder OUT.h5.parts of finished points, from which OUT.h5 is assembled. Killing the process at any moment loses
/// at most the point in flight; two processes may share the folder, since parts appear whole and equal points are
/// equal.
class PartFolder {
 public:
  /// `out`: the run file to make; `fingerprint`: of everything that decides its content. Policies, for an OUT.h5 or a
  /// folder of parts that is already there: `refuse` both; `resume`: go on from them if their fingerprint is the same,
  /// refuse otherwise; `force`: drop the parts now and replace OUT.h5 when the new one is whole.
  /// Throws Error if refused, or if the folder cannot be made.
  PartFolder(std::filesystem::path out, std::string fingerprint, Existing policy);
  PartFolder(const PartFolder&) = delete;
  PartFolder& operator=(const PartFolder&) = delete;

  /// Removes the folder if it is empty.
  ~PartFolder();

  /// True if OUT.h5 is there and is this run: nothing is left to do.
  bool complete() const { return complete_; }

  /// True if another process has finished this very run since the start: OUT.h5 is whole and the parts are gone.
  bool finished_elsewhere() const;

  const std::filesystem::path& out() const { return out_; }

  /// One line for each part that was found damaged and is treated as absent.
  const std::vector<std::string>& notes() const { return notes_; }

  /// True if the point was found whole at the start or has been written since.
  bool has(int point) const { return present_.contains(point); }

  /// Keeps a finished point. Throws Error if it cannot be written; all other points stay.
  void write(int point, const Run& run);

  /// Throws Error if the point is absent or damaged.
  Run read(int point) const;

  /// Writes OUT.h5 from points 0 to `points` - 1, one in memory at a time, renames it into place and removes the parts.
  /// Throws Error if a part is absent or something cannot be written; parts and an old OUT.h5 then stay. If another
  /// process has finished this very run meanwhile, its OUT.h5, which is equal, stays.
  void assemble(const Header& header, std::span<const TensorName> axis, int points, const Tables& tables);

 private:
  std::filesystem::path path(int point) const;
  void scan();
  void remove_parts() const;

  std::filesystem::path out_;
  std::filesystem::path folder_;
  std::string fingerprint_;
  bool forced_ = false;
  bool complete_ = false;
  std::set<int> present_;
  std::vector<std::string> notes_;
};

}  // namespace octavo::experiments::store
