// Two small files as gzip writes them.
#pragma once

#include <string_view>

namespace octavo::sim::text {

using std::string_view_literals::operator""sv;

/// "one\n", by Python's gzip.
inline constexpr std::string_view kOneGz =
    "\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03\xCB\xCF\x4B\xE5\x02\x00\x9F\xA8\x17\xF8\x04\x00\x00\x00"sv;
/// "two\n", by Python's gzip.
inline constexpr std::string_view kTwoGz =
    "\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03\x2B\x29\xCF\xE7\x02\x00\x74\x08\x17\x96\x04\x00\x00\x00"sv;

}  // namespace octavo::sim::text
