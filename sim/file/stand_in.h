// Files that stand for others: what a download or a clone leaves in their place.
#pragma once

#include <string>
#include <string_view>

namespace octavo::sim::file {

/// Throws Error, naming `where` and what fetches the file itself, if `bytes` are a Git LFS pointer or the path that
/// git-annex keeps in place of a file. Source: the Git LFS specification (at most 1024 bytes, "version"
/// first).
void refuse_stand_in(std::string_view bytes, const std::string& where);

}  // namespace octavo::sim::file
