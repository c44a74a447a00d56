// gzip, decompressed in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace octavo::sim::text {

/// Bytes that a compressed text may have at most: a small file can claim to be any length.
inline constexpr std::uint64_t kLongestText = std::uint64_t{1} << 32;

/// Whether `bytes` begin as gzip does (RFC 1952).
bool is_gzip(std::string_view bytes);

/// The contents of all members of a gzip file, one after the other. Throws Error, naming `where`, for damage, for
/// anything after the last member, and for more than `longest` bytes.
std::string gunzip(std::string_view bytes, const std::string& where, std::uint64_t longest = kLongestText);

}  // namespace octavo::sim::text
