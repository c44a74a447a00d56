// The folder of parts: what may be gone on from, and assembly.
#include "experiments/store/runs/part_folder.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <system_error>

#include "experiments/store/runs/part_file.h"
#include "experiments/store/runs/run_file.h"
#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

namespace fs = std::filesystem;

/// The point whose part has this file name: digits without leading zeros, then ".h5".
std::optional<int> point_of(const std::string& name) {
  int point = -1;
  std::from_chars(name.data(), name.data() + name.size(), point);
  if (point < 0 || name != std::to_string(point) + ".h5") return std::nullopt;
  return point;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    files.push_back(entry->path());
  if (code && code != std::errc::no_such_file_or_directory)
    throw Error(fmt::format("cannot read {}: {}; check its permissions", folder.string(), code.message()));
  return files;
}

}  // namespace

PartFolder::PartFolder(fs::path out, std::string fingerprint, Existing policy)
    : out_(std::move(out)),
      folder_(out_.string() + ".parts"),
      fingerprint_(std::move(fingerprint)),
      forced_(policy == Existing::force) {
  check_destination(out_, policy);
  std::error_code code;
  if (policy == Existing::resume && fs::exists(out_, code)) {
    if (read_header(out_).fingerprint != fingerprint_)
      throw Error(
          fmt::format("{} is another run (its recipe, model, text, flags or program version differ); choose "
                      "another --out, or replace it with --force",
                      out_.string()));
    complete_ = true;
  }
  remove_leftovers(folder_of(out_), out_.filename().string());
  if (complete_) {
    remove_parts();
    return;
  }
  const bool created = fs::create_directory(folder_, code);
  if (code)
    throw Error(fmt::format("cannot create {}: {}; check the folder's permissions", folder_.string(), code.message()));
  if (created) return;
  if (policy == Existing::refuse)
    throw Error(
        fmt::format("{} holds an interrupted run, or one in progress; continue it with --resume, or start over "
                    "with --force",
                    folder_.string()));
  remove_leftovers(folder_);
  if (policy == Existing::resume) {
    scan();
  } else {
    remove_parts();
    fs::create_directory(folder_, code);
  }
}

PartFolder::~PartFolder() {
  std::error_code code;
  fs::remove(folder_, code);
}

void PartFolder::scan() {
  for (const fs::path& file : files_in(folder_)) {
    const std::optional<int> point = point_of(file.filename().string());
    if (!point) continue;
    std::string found;
    try {
      found = part_fingerprint(file);
      read_part(file, *point);
      present_.insert(*point);
    } catch (const Error& error) {
      notes_.push_back(fmt::format("point {} has to be computed again: {}", *point, error.what()));
    }
    if (!found.empty() && found != fingerprint_)
      throw Error(
          fmt::format("{} is a part of another run (its recipe, model, text, flags or program version differ); "
                      "choose another --out, or start over with --force",
                      file.string()));
  }
}

fs::path PartFolder::path(int point) const { return folder_ / (std::to_string(point) + ".h5"); }

void PartFolder::write(int point, const Run& run) {
  try {
    std::error_code code;
    fs::create_directory(folder_, code);  // another process may have found it empty and removed it
    write_part(path(point), fingerprint_, point, run);
  } catch (const Error&) {
    if (!finished_elsewhere()) throw;
  }
  present_.insert(point);
}

Run PartFolder::read(int point) const {
  if (part_fingerprint(path(point)) != fingerprint_)
    throw Error(
        fmt::format("{} is a part of another run, written meanwhile; let one process finish, or choose another "
                    "--out",
                    path(point).string()));
  return read_part(path(point), point);
}

void PartFolder::assemble(const Header& header, std::span<const TensorName> axis, int points, const Tables& tables) {
  try {
    Replacement replacement(out_);
    RunWriter writer(replacement, header, axis);
    for (int point = 0; point < points; ++point) writer.add(read(point));
    writer.finish(tables);
    replacement.commit();
  } catch (const Error&) {
    if (!finished_elsewhere()) throw;
  }
  complete_ = true;
  remove_parts();
}

bool PartFolder::finished_elsewhere() const {
  if (forced_) return false;  // OUT.h5 may be the one to replace
  try {
    return read_header(out_).fingerprint == fingerprint_;
  } catch (const Error&) {
    return false;
  }
}

/// Only what is named like ours: a folder of that name may hold other things.
void PartFolder::remove_parts() const {
  std::error_code code;
  for (const fs::path& file : files_in(folder_)) {
    const std::string name = file.filename().string();
    if (point_of(name) || is_temporary(name)) fs::remove(file, code);
  }
  fs::remove(folder_, code);
}

}  // namespace octavo::experiments::store
