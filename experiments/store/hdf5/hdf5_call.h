// What the files that call HDF5's C API share: its codes turned into octavo::Error, and the types of the store.
#pragma once

#include <hdf5.h>

#include <string>
#include <string_view>

#include "experiments/store/hdf5/file.h"

namespace octavo::experiments::store::hdf5 {

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

inline constexpr std::string_view kWriteAdvice = "check the free space and the permissions of its folder";
inline constexpr std::string_view kReadAdvice = "the file is damaged or not one of octavo's: write it again";

/// Throws Error "cannot <doing> <where>: <why>; <advice>".
[[noreturn]] void fail(std::string_view doing, const std::string& where, std::string_view why, std::string_view advice);

/// HDF5's own reason for the call that has just failed.
std::string reason();

/// Passes on an HDF5 identifier or status, or throws if it stands for a failure.
template <class Code>
Code check(Code code, std::string_view doing, const std::string& where, std::string_view advice) {
  if (code < 0) fail(doing, where, reason(), advice);
  return code;
}

template <class Code>
Code written(Code code, const std::string& where) {
  return check(code, "write", where, kWriteAdvice);
}

template <class Code>
Code readable(Code code, const std::string& where) {
  return check(code, "read", where, kReadAdvice);
}

/// HDF5 prints errors and cleans up at exit unless told otherwise; after a failed write that cleanup would write again.
void silence();

/// How the store keeps a number, and how the machine does.
hid_t file_type(Type type);
hid_t memory_type(Type type);
Handle text_type(std::size_t bytes);

/// The width of a string type of fixed length; any other type is refused.
std::size_t text_width(hid_t type, const std::string& where);
std::string without_padding(const char* text, std::size_t bytes);

/// A creation property list of class `kind` whose objects carry no time stamp.
Handle timeless(hid_t kind);

}  // namespace octavo::experiments::store::hdf5
