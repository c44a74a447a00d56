// A file that is written beside its place and renamed into it: whole there, or absent.
#pragma once

#include <filesystem>
#include <string>

namespace octavo::experiments::store {

/// What to do with results that are already there.
enum class Existing : unsigned char { refuse, resume, force };

/// Reserves `<destination>.tmp-<host>-<process>-<n>`, a name of its own among processes and machines that share the
/// folder. What is not committed is removed. A destination that is a symbolic link stays one: the file it leads to is
/// replaced.
class Replacement {
 public:
  /// Throws Error if the folder cannot be written.
  explicit Replacement(std::filesystem::path destination);
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement();

  /// An empty file to write to and to close before commit().
  const std::filesystem::path& temporary() const { return temporary_; }
  const std::filesystem::path& destination() const { return destination_; }

  /// Puts the file on the disk and renames it over the destination. Throws Error if that fails.
  void commit();

 private:
  std::filesystem::path destination_;
  std::filesystem::path temporary_;
};

/// Removes from `folder` what killed processes of this machine left of Replacements of files named `stem`, or of any
/// file if `stem` is empty.
void remove_leftovers(const std::filesystem::path& folder, const std::string& stem = {});

/// True for the name of a Replacement's file, whose owner may live.
bool is_temporary(const std::string& name);

/// `path`'s folder, "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Throws Error if a result may not be written to `out` under this policy: because something is there (unless forced),
/// because it is no ordinary file (even then), or because the folder does not exist.
void check_destination(const std::filesystem::path& out, Existing policy);

}  // namespace octavo::experiments::store
