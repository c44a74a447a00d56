// HDF5 files, groups and attributes.
#include "experiments/store/hdf5/file.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "experiments/store/hdf5/hdf5_call.h"
#include "messages/error.h"

namespace octavo::experiments::store {

using namespace hdf5;

Handle::~Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

File File::open(const std::filesystem::path& path) {
  silence();
  std::error_code code;
  const std::uintmax_t bytes = std::filesystem::file_size(path, code);
  if (code) throw Error(fmt::format("cannot open {}: {}; check the path", path.string(), code.message()));
  const Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
  H5Pset_file_locking(access.id(), false, true);  // finished files never change, and shared folders often cannot lock
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()));
  check(file.id(), "open", path.string(), "the file is damaged or no HDF5 file: write it again");
  return {std::move(file), path.string(), bytes};
}

File File::create(const std::filesystem::path& path, const std::string& name, std::uint64_t user_block) {
  silence();
  const Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
  H5Pset_file_locking(access.id(), false, true);
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  const Handle creation = timeless(H5P_FILE_CREATE);
  H5Pset_userblock(creation.id(), user_block);
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()));
  check(file.id(), "create", name, kWriteAdvice);
  return {std::move(file), name, 0};
}

Group File::root() const {
  Handle group(H5Gopen2(handle_.id(), "/", H5P_DEFAULT));
  readable(group.id(), name_);
  return {std::move(group), name_ + ": ", bytes_};
}

void File::close() {
  const std::int64_t id = handle_.id();
  written(H5Fflush(id, H5F_SCOPE_GLOBAL), name_);
  written(H5Fclose(handle_.release()), name_);
}

bool Group::has(const std::string& name) const { return H5Lexists(handle_.id(), name.c_str(), H5P_DEFAULT) > 0; }

std::vector<std::string> Group::names() const {
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  readable(H5Literate(handle_.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names), where_);
  return names;
}

Group Group::create(const std::string& name) const {
  const Handle creation = timeless(H5P_GROUP_CREATE);
  Handle group(written(H5Gcreate2(handle_.id(), name.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), at(name)));
  return {std::move(group), at(name), file_bytes_};
}

Group Group::open(const std::string& name) const {
  Handle group(readable(H5Gopen2(handle_.id(), name.c_str(), H5P_DEFAULT), at(name)));
  return {std::move(group), at(name), file_bytes_};
}

void Group::set(const std::string& name, std::string_view text) const {
  const Handle type = text_type(text.size());
  std::string padded(text);
  padded.resize(std::max<std::size_t>(text.size(), 1));
  const Handle space(H5Screate(H5S_SCALAR));
  const Handle attribute(H5Acreate2(handle_.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT));
  written(attribute.id(), at(name));
  written(H5Awrite(attribute.id(), type.id(), padded.data()), at(name));
}

void Group::set_number(const std::string& name, Type type, const void* value) const {
  const Handle space(H5Screate(H5S_SCALAR));
  const Handle attribute(H5Acreate2(handle_.id(), name.c_str(), file_type(type), space.id(), H5P_DEFAULT, H5P_DEFAULT));
  written(attribute.id(), at(name));
  written(H5Awrite(attribute.id(), memory_type(type), value), at(name));
}

namespace {

Handle open_attribute(hid_t group, const std::string& name, const std::string& where) {
  Handle attribute(readable(H5Aopen(group, name.c_str(), H5P_DEFAULT), where));
  const Handle space(H5Aget_space(attribute.id()));
  if (H5Sget_simple_extent_npoints(space.id()) != 1) fail("read", where, "it is not one value", kReadAdvice);
  return attribute;
}

}  // namespace

std::string Group::get_text(const std::string& name) const {
  const Handle attribute = open_attribute(handle_.id(), name, at(name));
  const Handle type(H5Aget_type(attribute.id()));
  const std::size_t bytes = text_width(type.id(), at(name));
  if (bytes > file_bytes_) fail("read", at(name), "it claims to be longer than the file", kReadAdvice);
  std::string text(bytes, '\0');
  readable(H5Aread(attribute.id(), type.id(), text.data()), at(name));
  return without_padding(text.data(), bytes);
}

void Group::get_number(const std::string& name, Type type, void* value) const {
  const Handle attribute = open_attribute(handle_.id(), name, at(name));
  const Handle stored(H5Aget_type(attribute.id()));
  if (H5Tequal(stored.id(), file_type(type)) <= 0) fail("read", at(name), "its type is not the schema's", kReadAdvice);
  readable(H5Aread(attribute.id(), memory_type(type), value), at(name));
}

bool Group::has_attribute(const std::string& name) const { return H5Aexists(handle_.id(), name.c_str()) > 0; }

std::string Group::get_any_text(const std::string& name) const {
  const Handle attribute = open_attribute(handle_.id(), name, at(name));
  const Handle type(H5Aget_type(attribute.id()));
  if (H5Tget_class(type.id()) != H5T_STRING) fail("read", at(name), "it is not a string", "write it as text");
  if (H5Tis_variable_str(type.id()) <= 0) return get_text(name);
  char* read = nullptr;
  readable(H5Aread(attribute.id(), type.id(), static_cast<void*>(&read)), at(name));
  const std::string text = read == nullptr ? "" : read;
  H5free_memory(read);
  return text;
}

std::int64_t Group::get_any_integer(const std::string& name) const {
  const Handle attribute = open_attribute(handle_.id(), name, at(name));
  const Handle type(H5Aget_type(attribute.id()));
  if (H5Tget_class(type.id()) == H5T_FLOAT) {  // MATLAB's numbers are doubles unless told otherwise
    double value = 0;
    readable(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value), at(name));
    if (std::fabs(value) <= 0x1p53 && value == std::floor(value)) return static_cast<std::int64_t>(value);
  }
  if (H5Tget_class(type.id()) != H5T_INTEGER)
    fail("read", at(name), "it is not an integer", "write it as a whole number");
  std::int64_t value = 0;
  readable(H5Aread(attribute.id(), H5T_NATIVE_INT64, &value), at(name));
  return value;
}

float Group::get_any_float(const std::string& name) const {
  const Handle attribute = open_attribute(handle_.id(), name, at(name));
  const Handle type(H5Aget_type(attribute.id()));
  const H5T_class_t kind = H5Tget_class(type.id());
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) fail("read", at(name), "it is not a number", "write it as float32");
  if (H5Tequal(type.id(), file_type(Type::float32)) > 0) return get<float>(name);  // its bits, those of NaN included
  double value = 0;
  readable(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value), at(name));
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) != value && !std::isnan(value))
    fail("read", at(name), fmt::format("{} is no binary32 number", value), "write it as float32");
  return narrow;
}

}  // namespace octavo::experiments::store
