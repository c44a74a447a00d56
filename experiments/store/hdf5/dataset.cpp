// HDF5 datasets: arrays, lists of strings, tables and dimension scales.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/hdf5/hdf5_call.h"

namespace octavo::experiments::store {

using namespace hdf5;

namespace {

bool overflowing_product(const Shape& shape, std::uint64_t element, std::uint64_t& product) {
  product = element;
  return std::any_of(shape.begin(), shape.end(),
                     [&](std::uint64_t extent) { return __builtin_mul_overflow(product, extent, &product); });
}

Shape shape_of(hid_t dataset) {
  const Handle space(H5Dget_space(dataset));
  const int rank = H5Sget_simple_extent_ndims(space.id());
  Shape shape(static_cast<std::size_t>(std::max(rank, 0)));
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr);
  std::copy_n(extents.begin(), shape.size(), shape.begin());
  return shape;
}

Handle open_dataset(hid_t group, const std::string& name, const std::string& where) {
  return Handle(readable(H5Dopen2(group, name.c_str(), H5P_DEFAULT), where));
}

/// The type of `columns` as packed rows, in the file's representation or the machine's.
Handle row_type(std::span<const Column> columns, bool in_file) {
  std::size_t bytes = 0;
  for (const Column& column : columns) bytes += column.bytes;
  Handle row(H5Tcreate(H5T_COMPOUND, bytes));
  std::size_t offset = 0;
  for (const Column& column : columns) {
    const Handle text = text_type(column.bytes);
    const hid_t number = in_file ? file_type(column.type) : memory_type(column.type);
    H5Tinsert(row.id(), column.name.c_str(), offset, column.type == Type::text ? text.id() : number);
    offset += column.bytes;
  }
  return row;
}

}  // namespace

void Group::write_numbers(const std::string& name, Type type, const void* values, std::size_t count, const Shape& shape,
                          Layout layout) const {
  [[maybe_unused]] std::uint64_t elements = 0;
  assert(!overflowing_product(shape, 1, elements) && elements == count);
  static_cast<void>(count);
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr));
  const Handle creation = timeless(H5P_DATASET_CREATE);
  if (layout == Layout::deflated) {
    std::vector<hsize_t> chunk = extents;
    assert(chunk.size() >= 2);
    hsize_t& rows = chunk[chunk.size() - 2];
    rows = std::min<hsize_t>(rows, 64);
    H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(creation.id());
    H5Pset_deflate(creation.id(), 6);
  }
  const Handle dataset(
      H5Dcreate2(handle_.id(), name.c_str(), file_type(type), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  written(dataset.id(), at(name));
  if (count > 0) written(H5Dwrite(dataset.id(), memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values), at(name));
}

void Group::write_rows(const std::string& name, std::span<const Column> columns, std::span<const std::byte> rows,
                       std::size_t count) const {
  const hsize_t extent = count;
  const Handle space(H5Screate_simple(1, &extent, nullptr));
  const Handle creation = timeless(H5P_DATASET_CREATE);
  const Handle stored = row_type(columns, true);
  const Handle dataset(
      H5Dcreate2(handle_.id(), name.c_str(), stored.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  written(dataset.id(), at(name));
  const Handle native = row_type(columns, false);
  if (count > 0) written(H5Dwrite(dataset.id(), native.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()), at(name));
}

void Group::write_texts(const std::string& name, std::span<const std::string> texts) const {
  std::size_t width = 1;
  for (const std::string& text : texts) width = std::max(width, text.size());
  std::string padded(width * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].copy(padded.data() + i * width, width);
  const hsize_t extent = texts.size();
  const Handle space(H5Screate_simple(1, &extent, nullptr));
  const Handle creation = timeless(H5P_DATASET_CREATE);
  const Handle type = text_type(width);
  const Handle dataset(
      H5Dcreate2(handle_.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  written(dataset.id(), at(name));
  if (!texts.empty())
    written(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()), at(name));
}

std::uint64_t Group::claimed_bytes(const std::string& name, std::int64_t dataset) const {
  const Handle type(H5Dget_type(dataset));
  const Handle creation(H5Dget_create_plist(dataset));
  std::uint64_t bytes = 0;
  const bool overflows = overflowing_product(shape_of(dataset), H5Tget_size(type.id()), bytes);
  // Deflate, the strongest filter of ours, makes at most 1032 bytes of one.
  const std::uint64_t most_per_byte = H5Pget_layout(creation.id()) == H5D_CHUNKED ? 1032 : 1;
  if (overflows || bytes / most_per_byte > std::min<std::uint64_t>(file_bytes_, H5Dget_storage_size(dataset)))
    fail("read", at(name), "it claims to be larger than what the file holds", kReadAdvice);
  return bytes;
}

Shape Group::shape(const std::string& name) const { return shape_of(open_dataset(handle_.id(), name, at(name)).id()); }

std::optional<Type> Group::number_type(const std::string& name) const {
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  const Handle stored(H5Dget_type(dataset.id()));
  for (const Type type : {Type::int32, Type::int64, Type::uint8, Type::uint16, Type::uint32, Type::uint64,
                          Type::float16, Type::float32, Type::float64})
    if (H5Tequal(stored.id(), file_type(type)) > 0) return type;
  return std::nullopt;
}

std::uint64_t Group::length(const std::string& name) const {
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  const Shape shape = shape_of(dataset.id());
  if (shape.size() != 1) fail("read", at(name), "it has not one dimension", kReadAdvice);
  claimed_bytes(name, dataset.id());
  return shape[0];
}

std::size_t Group::open_numbers(const std::string& name, Type type, const Shape& expected) const {
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  const Handle stored(H5Dget_type(dataset.id()));
  if (H5Tequal(stored.id(), file_type(type)) <= 0) fail("read", at(name), "its type is not the schema's", kReadAdvice);
  const Shape shape = shape_of(dataset.id());
  if (shape != expected)
    fail("read", at(name), fmt::format("its shape is {}, expected {}", shape, expected), kReadAdvice);
  return claimed_bytes(name, dataset.id()) / H5Tget_size(stored.id());
}

void Group::read_numbers(const std::string& name, Type type, void* values) const {
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  readable(H5Dread(dataset.id(), memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values), at(name));
}

std::vector<std::string> Group::read_texts(const std::string& name) const {
  const std::uint64_t count = length(name);
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  const Handle type(H5Dget_type(dataset.id()));
  const std::size_t width = text_width(type.id(), at(name));
  std::string padded(claimed_bytes(name, dataset.id()), '\0');
  readable(H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()), at(name));
  std::vector<std::string> texts(count);
  for (std::size_t i = 0; i < count; ++i) texts[i] = without_padding(padded.data() + i * width, width);
  return texts;
}

std::vector<std::byte> Group::read_rows(const std::string& name, std::span<Column> columns) const {
  const std::uint64_t count = length(name);
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  const Handle stored(H5Dget_type(dataset.id()));
  if (H5Tget_class(stored.id()) != H5T_COMPOUND) fail("read", at(name), "it is not a table", kReadAdvice);
  std::size_t row_bytes = 0;
  for (Column& column : columns) {
    const int member = H5Tget_member_index(stored.id(), column.name.c_str());
    if (member < 0) {
      H5Eclear2(H5E_DEFAULT);
      fail("read", at(name), fmt::format("it has no column '{}'", column.name), kReadAdvice);
    }
    const Handle type(H5Tget_member_type(stored.id(), static_cast<unsigned>(member)));
    if (column.type == Type::text)
      column.bytes = text_width(type.id(), fmt::format("{}, column '{}'", at(name), column.name));
    else if (H5Tequal(type.id(), file_type(column.type)) <= 0)
      fail("read", at(name), fmt::format("the type of its column '{}' is not the schema's", column.name), kReadAdvice);
    row_bytes += column.bytes;
  }
  // All stored rows have been found to fit into the file, and the columns asked for are a part of each.
  if (row_bytes > H5Tget_size(stored.id())) fail("read", at(name), "its columns overlap", kReadAdvice);
  std::vector<std::byte> rows(count * row_bytes);
  const Handle native = row_type(columns, false);
  if (count > 0) readable(H5Dread(dataset.id(), native.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()), at(name));
  return rows;
}

void Group::make_scale(const std::string& name, const std::string& label) const {
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  written(H5DSset_scale(dataset.id(), label.c_str()), at(name));
}

void Group::attach_scale(const std::string& name, unsigned dimension, const Group& owner,
                         const std::string& scale) const {
  const Handle dataset = open_dataset(handle_.id(), name, at(name));
  const Handle labels = open_dataset(owner.handle_.id(), scale, owner.at(scale));
  written(H5DSattach_scale(dataset.id(), labels.id(), dimension), at(name));
}

}  // namespace octavo::experiments::store
