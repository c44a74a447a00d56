// Files that stand for others: see stand_in.h.
#include "sim/file/stand_in.h"

#include <fmt/format.h>

#include "messages/error.h"
#include "messages/printable.h"

namespace octavo::sim::file {

void refuse_stand_in(std::string_view bytes, const std::string& where) {
  constexpr std::size_t kLongest = 1024;
  if (bytes.size() > kLongest) return;
  // The second is the name that the specification had before its first version.
  for (const std::string_view version :
       {"version https://git-lfs.github.com/spec/", "version https://hawser.github.com/"})
    if (bytes.starts_with(version))
      throw Error(fmt::format("{}: it is a Git LFS pointer, not the file itself; git lfs pull fetches the file",
                              messages::printable(where)));
  if (bytes.starts_with("/annex/objects/"))
    throw Error(fmt::format("{}: it is a git-annex pointer, not the file itself; git annex get fetches the file",
                            messages::printable(where)));
}

}  // namespace octavo::sim::file
