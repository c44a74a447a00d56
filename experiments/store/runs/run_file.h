// Run files: writing one whole, and reading back what others need.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/hdf5/table.h"
#include "experiments/store/replacement.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/run.h"
#include "experiments/store/runs/schema.h"
#include "experiments/store/runs/tables.h"
#include "experiments/store/runs/training_run.h"

namespace octavo::experiments::store {

/// Writes a run file run by run, so that a file may be larger than memory. Every function throws Error if writing
/// fails.
class RunWriter {
 public:
  RunWriter(const Replacement& replacement, const Header& header, std::span<const TensorName> axis);

  /// Appends /runs/<n>. Throws Error if it records a tensor that is not on the axis.
  void add(const Run& run);

  void add(const TrainingRun& run);

  /// Writes the tables that have rows and closes the file, for the replacement to commit.
  void finish(const Tables& tables);

 private:
  File file_;
  Group root_;
  Group axes_;
  Group runs_;
  std::size_t tensors_ = 0;
  int count_ = 0;
};

/// Writes a whole run file atomically. `existing`: refuse or force. Throws Error if something is there and not forced,
/// or if writing fails; what was there then stays.
void write_file(const std::filesystem::path& path, Existing existing, const Header& header,
                std::span<const TensorName> axis, std::span<const Run> runs, const Tables& tables);

// Readers of run files. Each throws Error naming file and object if the file is not a run file of this schema version,
// or lacks what is asked for, or has it in another type or shape.

Header read_header(const std::filesystem::path& path);
std::vector<TensorName> read_axis(const std::filesystem::path& path);
Run read_run(const std::filesystem::path& path, int run);

template <class Row>
std::vector<Row> read_table(const std::filesystem::path& path) {
  const File file = File::open(path);
  const Group root = file.root();
  check_schema(root, kRunsSchema);
  return read_table<Row>(root.open("tables"), Row::kTable);
}

/// The same of a table that a file without such rows has not: no rows then.
template <class Row>
std::vector<Row> read_table_if_there(const std::filesystem::path& path) {
  const File file = File::open(path);
  const Group root = file.root();
  check_schema(root, kRunsSchema);
  if (!root.has("tables") || !root.open("tables").has(Row::kTable)) return {};
  return read_table<Row>(root.open("tables"), Row::kTable);
}

}  // namespace octavo::experiments::store
