// The one spot where HDF5's failures become octavo::Error.
#include "experiments/store/hdf5/hdf5_call.h"

#include <fmt/format.h>

#include <algorithm>

#include "messages/error.h"

namespace octavo::experiments::store::hdf5 {

void fail(std::string_view doing, const std::string& where, std::string_view why, std::string_view advice) {
  throw Error(fmt::format("cannot {} {}: {}; {}", doing, where, why, advice));
}

/// The innermost entry of the error stack, or the operating system's words where that quotes them.
std::string reason() {
  std::string found;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned depth, const H5E_error2_t* entry, void* out) -> herr_t {
        if (depth == 0 && entry->desc != nullptr) *static_cast<std::string*>(out) = entry->desc;
        return 0;
      },
      &found);
  H5Eclear2(H5E_DEFAULT);
  constexpr std::string_view quote = "error message = '";
  if (const auto begin = found.find(quote); begin != std::string::npos) {
    const auto first = begin + quote.size();
    return found.substr(first, found.find('\'', first) - first);
  }
  return found.empty() ? "HDF5 gives no reason" : found;
}

void silence() {
  [[maybe_unused]] static const herr_t once = H5dont_atexit();
  thread_local const herr_t quiet = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(quiet);
}

namespace {

/// IEEE binary16, which HDF5 1.10 has no name for; as h5py builds it.
hid_t half_type() {
  static const hid_t type = [] {
    const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    return half;
  }();
  return type;
}

}  // namespace

hid_t file_type(Type type) {
  switch (type) {
    case Type::int32:
      return H5T_STD_I32LE;
    case Type::int64:
      return H5T_STD_I64LE;
    case Type::uint8:
      return H5T_STD_U8LE;
    case Type::uint16:
      return H5T_STD_U16LE;
    case Type::uint32:
      return H5T_STD_U32LE;
    case Type::uint64:
      return H5T_STD_U64LE;
    case Type::float16:
      return half_type();
    case Type::float32:
      return H5T_IEEE_F32LE;
    case Type::float64:
      return H5T_IEEE_F64LE;
    case Type::text:
      break;
  }
  return H5T_C_S1;
}

hid_t memory_type(Type type) {
  switch (type) {
    case Type::int32:
      return H5T_NATIVE_INT32;
    case Type::int64:
      return H5T_NATIVE_INT64;
    case Type::uint8:
      return H5T_NATIVE_UINT8;
    case Type::uint16:
      return H5T_NATIVE_UINT16;
    case Type::uint32:
      return H5T_NATIVE_UINT32;
    case Type::uint64:
      return H5T_NATIVE_UINT64;
    case Type::float16:
      return half_type();  // bits as they are in the file; every machine with this program is little-endian
    case Type::float32:
      return H5T_NATIVE_FLOAT;
    case Type::float64:
      return H5T_NATIVE_DOUBLE;
    case Type::text:
      break;
  }
  return H5T_C_S1;
}

Handle text_type(std::size_t bytes) {
  Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.id(), std::max<std::size_t>(bytes, 1));  // HDF5 has no string of no bytes
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

std::size_t text_width(hid_t type, const std::string& where) {
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0)
    fail("read", where, "its type is not a string of fixed length", kReadAdvice);
  return H5Tget_size(type);
}

std::string without_padding(const char* text, std::size_t bytes) {
  while (bytes > 0 && text[bytes - 1] == '\0') --bytes;
  return {text, bytes};
}

Handle timeless(hid_t kind) {
  Handle properties(H5Pcreate(kind));
  H5Pset_obj_track_times(properties.id(), false);
  return properties;
}

}  // namespace octavo::experiments::store::hdf5
