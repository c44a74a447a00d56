// HDF5 behind one interface: handles that close themselves, and the only place where its failures become octavo::Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace octavo::experiments::store {

/// What an element can be in a file, little-endian there whatever the machine; text is UTF-8, null-padded to a fixed
/// width.
enum class Type : std::uint8_t { int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, text };

/// The bits of a float16 element.
struct Half {
  std::uint16_t bits = 0;
};

template <class T>
inline constexpr Type type_of = Type::text;
template <>
inline constexpr Type type_of<std::int32_t> = Type::int32;
template <>
inline constexpr Type type_of<std::int64_t> = Type::int64;
template <>
inline constexpr Type type_of<std::uint8_t> = Type::uint8;
template <>
inline constexpr Type type_of<std::uint16_t> = Type::uint16;
template <>
inline constexpr Type type_of<std::uint32_t> = Type::uint32;
template <>
inline constexpr Type type_of<std::uint64_t> = Type::uint64;
template <>
inline constexpr Type type_of<Half> = Type::float16;
template <>
inline constexpr Type type_of<float> = Type::float32;
template <>
inline constexpr Type type_of<double> = Type::float64;

template <class T>
concept Number = type_of<T>
!= Type::text;

/// One member of a compound row; rows are packed, so a member begins where the one before it ends.
struct Column {
  std::string name;
  Type type = Type::text;
  std::size_t bytes = 0;
};

/// Large sparse arrays are shuffled and deflated in chunks of 64 along the second last dimension.
enum class Layout : std::uint8_t { plain, deflated };

using Shape = std::vector<std::uint64_t>;

/// Owns one HDF5 identifier of any kind.
class Handle {
 public:
  Handle() = default;
  explicit Handle(std::int64_t id) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle();

  std::int64_t id() const { return id_; }
  std::int64_t release() { return std::exchange(id_, -1); }

 private:
  std::int64_t id_ = -1;
};

/// A group of an open file. Every function throws Error naming file and object: when writing fails, or when what is
/// read is missing or has another type or shape than asked for. No object written carries a time stamp.
class Group {
 public:
  bool has(const std::string& name) const;
  Group create(const std::string& name) const;
  Group open(const std::string& name) const;

  /// Of the objects in this group, ascending.
  std::vector<std::string> names() const;

  void set(const std::string& name, std::string_view text) const;
  template <Number T>
  void set(const std::string& name, T value) const {
    set_number(name, type_of<T>, &value);
  }

  std::string get_text(const std::string& name) const;
  template <Number T>
  T get(const std::string& name) const {
    T value{};
    get_number(name, type_of<T>, &value);
    return value;
  }

  // Attributes as other programs write them: strings of fixed or variable length, numbers of any type whose value is a
  // whole number or a binary32 one. An array of one element, as H5LTset_attribute_int and MATLAB write, is that element
  // here and in every attribute.
  bool has_attribute(const std::string& name) const;
  std::string get_any_text(const std::string& name) const;
  std::int64_t get_any_integer(const std::string& name) const;
  float get_any_float(const std::string& name) const;

  /// Writes `values`, row-major, as a new dataset of that shape.
  template <Number T>
  void write(const std::string& name, std::span<const T> values, const Shape& shape,
             Layout layout = Layout::plain) const {
    write_numbers(name, type_of<T>, values.data(), values.size(), shape, layout);
  }
  void write_texts(const std::string& name, std::span<const std::string> texts) const;

  /// Allocates only after the size that the file claims has been held against what the file can hold.
  template <Number T>
  std::vector<T> read(const std::string& name, const Shape& expected) const {
    std::vector<T> values(open_numbers(name, type_of<T>, expected));
    read_numbers(name, type_of<T>, values.data());
    return values;
  }
  std::vector<std::string> read_texts(const std::string& name) const;

  /// Of a dataset.
  Shape shape(const std::string& name) const;
  /// What the elements of a dataset are, if they are one of the numbers that the store knows.
  std::optional<Type> number_type(const std::string& name) const;

  /// Length of a dataset of one dimension.
  std::uint64_t length(const std::string& name) const;

  /// A table of `count` packed rows.
  void write_rows(const std::string& name, std::span<const Column> columns, std::span<const std::byte> rows,
                  std::size_t count) const;

  /// Packed rows with the asked columns in their order; fills in the width of each text column. Others are left out.
  std::vector<std::byte> read_rows(const std::string& name, std::span<Column> columns) const;

  /// Turns a dataset of this group into the dimension scale `label`.
  void make_scale(const std::string& name, const std::string& label) const;

  /// Labels dimension `dimension` of the dataset `name` with a scale of `owner`.
  void attach_scale(const std::string& name, unsigned dimension, const Group& owner, const std::string& scale) const;

  /// "runs.h5: /runs/3", for messages.
  const std::string& where() const { return where_; }

 private:
  friend class File;
  friend class DifferenceWalk;  // difference.cpp
  Group(Handle handle, std::string where, std::uint64_t file_bytes)
      : handle_(std::move(handle)), where_(std::move(where)), file_bytes_(file_bytes) {}

  void set_number(const std::string& name, Type type, const void* value) const;
  void get_number(const std::string& name, Type type, void* value) const;
  void write_numbers(const std::string& name, Type type, const void* values, std::size_t count, const Shape& shape,
                     Layout layout) const;
  std::size_t open_numbers(const std::string& name, Type type, const Shape& expected) const;
  void read_numbers(const std::string& name, Type type, void* values) const;
  std::uint64_t claimed_bytes(const std::string& name, std::int64_t dataset) const;
  std::string at(const std::string& name) const { return where_ + '/' + name; }

  Handle handle_;
  std::string where_;
  std::uint64_t file_bytes_ = 0;  ///< of a file that is read
};

/// An open HDF5 file. The format is bounded to HDF5 1.10, whose metadata carries checksums. Not for concurrent use.
class File {
 public:
  /// Throws Error if `path` cannot be opened, is no HDF5 file, or is truncated.
  static File open(const std::filesystem::path& path);

  /// Creates `path`, over what is there. `name` is what messages call it. The file begins with `user_block` bytes (0,
  /// or a power of two from 512 on) that HDF5 leaves alone.
  static File create(const std::filesystem::path& path, const std::string& name, std::uint64_t user_block = 0);

  File(File&&) = default;
  ~File() = default;

  Group root() const;

  /// Writes what is left and closes, with every group still open. Throws Error if something cannot be written, which an
  /// unnoticed destructor would hide.
  void close();

 private:
  File(Handle handle, std::string name, std::uint64_t bytes)
      : handle_(std::move(handle)), name_(std::move(name)), bytes_(bytes) {}

  Handle handle_;
  std::string name_;
  std::uint64_t bytes_;
};

}  // namespace octavo::experiments::store
