// Walking two groups at once.
#include "experiments/store/hdf5/difference.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <set>
#include <span>

#include "experiments/store/hdf5/hdf5_call.h"

namespace octavo::experiments::store {

using namespace hdf5;

namespace {

const std::set<std::string> kScaleAttributes{"CLASS", "NAME", "DIMENSION_LIST", "DIMENSION_LABELS", "REFERENCE_LIST"};
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;  // of one object

/// What an attribute or dataset holds, in this machine's types.
struct Content {
  Handle type;
  std::vector<hsize_t> shape;
  std::vector<char> bytes;
  std::size_t size = 0;  ///< of an element

  std::uint64_t elements() const { return size == 0 ? 0 : bytes.size() / size; }
};

std::vector<hsize_t> shape_of(hid_t space) {
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

/// `room`: what the file can hold of it. Strings of variable length become their bytes.
Content content_of(Handle type, const Handle& space, std::uint64_t room, const std::string& where,
                   const std::function<herr_t(hid_t memory, void* to)>& read) {
  Content content;
  content.shape = shape_of(space.id());
  const hssize_t points = H5Sget_simple_extent_npoints(space.id());
  const bool variable = H5Tis_variable_str(type.id()) > 0;
  if (points > 0 && variable && points != 1)
    fail("compare", where, "it holds strings of variable length", "compare it by hand");
  if (points > 0 && variable) {
    char* text = nullptr;
    readable(read(type.id(), static_cast<void*>(&text)), where);
    content.bytes.assign(text, text + (text == nullptr ? 0 : std::strlen(text)));
    content.size = content.bytes.size();
    H5free_memory(text);
    content.type = Handle(H5Tcopy(H5T_C_S1));
    return content;
  }
  content.type = Handle(H5Tget_native_type(type.id(), H5T_DIR_ASCEND));
  readable(content.type.id(), where);
  content.size = H5Tget_size(content.type.id());
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(std::max<hssize_t>(points, 0)), content.size, &bytes) ||
      bytes > std::min(room, kMostBytes))
    fail("compare", where, "it claims to be larger than what the file holds", kReadAdvice);
  content.bytes.resize(bytes);
  if (bytes > 0) readable(read(content.type.id(), content.bytes.data()), where);
  return content;
}

Content attribute_of(hid_t object, const std::string& name, std::uint64_t file_bytes, const std::string& where) {
  const Handle attribute(readable(H5Aopen(object, name.c_str(), H5P_DEFAULT), where));
  return content_of(Handle(H5Aget_type(attribute.id())), Handle(H5Aget_space(attribute.id())), 2 * file_bytes + 64,
                    where, [&](hid_t memory, void* to) { return H5Aread(attribute.id(), memory, to); });
}

Content dataset_of(hid_t dataset, const std::string& where) {
  const std::uint64_t stored = H5Dget_storage_size(dataset);
  constexpr std::uint64_t kDeflate = 1032;  // bytes that one of deflate's can stand for, at most
  return content_of(
      Handle(H5Dget_type(dataset)), Handle(H5Dget_space(dataset)), kDeflate * stored + 64, where,
      [&](hid_t memory, void* to) { return H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to); });
}

/// A number of the type at `at`, for how far two are apart; NaN for what is none.
double number(hid_t type, const char* at) {
  const std::size_t size = H5Tget_size(type);
  std::array<char, 16> room{};
  if (size > 8 || (H5Tget_class(type) != H5T_FLOAT && H5Tget_class(type) != H5T_INTEGER))
    return std::numeric_limits<double>::quiet_NaN();
  std::memcpy(room.data(), at, size);
  H5Tconvert(type, H5T_NATIVE_DOUBLE, 1, room.data(), nullptr, H5P_DEFAULT);
  double value = 0;
  std::memcpy(&value, room.data(), sizeof value);
  return value;
}

/// Elements, or one member of them, side by side.
void compare(const Content& a, const Content& b, hid_t type, std::size_t offset, Difference difference,
             std::vector<Difference>& out) {
  const std::size_t size = H5Tget_size(type) == 0 || a.size < H5Tget_size(type) ? a.size : H5Tget_size(type);
  difference.elements = a.elements();
  difference.largest_relative = std::numeric_limits<double>::quiet_NaN();
  for (std::uint64_t i = 0; i < difference.elements; ++i) {
    const char* first = a.bytes.data() + i * a.size + offset;
    const char* second = b.bytes.data() + i * b.size + offset;
    if (std::memcmp(first, second, size) == 0) continue;
    if (difference.differing++ == 0) difference.first = i;
    const double x = number(type, first), y = number(type, second);
    if (!std::isfinite(x) || !std::isfinite(y) || x == 0) continue;
    const double apart = std::fabs((y - x) / x);
    if (!(apart <= difference.largest_relative)) difference.largest_relative = apart;
  }
  if (difference.differing > 0) out.push_back(std::move(difference));
}

void compare(const Content& a, const Content& b, const std::string& object, std::vector<Difference>& out) {
  const bool table = H5Tget_class(a.type.id()) == H5T_COMPOUND && H5Tget_class(b.type.id()) == H5T_COMPOUND;
  if (a.shape != b.shape) {
    out.push_back({object, Difference::Kind::shape, 0, a.elements(), 0, 0});
  } else if (!table) {
    if (a.size != b.size || H5Tequal(a.type.id(), b.type.id()) <= 0)
      out.push_back({object,
                     H5Tget_class(a.type.id()) == H5T_STRING && H5Tget_class(b.type.id()) == H5T_STRING
                         ? Difference::Kind::values
                         : Difference::Kind::type,
                     a.elements(), a.elements(), 0, std::numeric_limits<double>::quiet_NaN()});
    else
      compare(a, b, a.type.id(), 0, {object, Difference::Kind::values, 0, 0, 0, 0}, out);
  } else {
    std::set<std::string> names;
    for (const Content* content : {&a, &b})
      for (int i = 0; i < H5Tget_nmembers(content->type.id()); ++i) {
        char* name = H5Tget_member_name(content->type.id(), static_cast<unsigned>(i));
        names.insert(name);
        H5free_memory(name);
      }
    for (const std::string& name : names) {
      const int i = H5Tget_member_index(a.type.id(), name.c_str()), k = H5Tget_member_index(b.type.id(), name.c_str());
      const std::string column = object + ":" + name;
      if (i < 0 || k < 0) {
        out.push_back(
            {column, i < 0 ? Difference::Kind::only_second : Difference::Kind::only_first, 0, a.elements(), 0, 0});
        continue;
      }
      const Handle type(H5Tget_member_type(a.type.id(), static_cast<unsigned>(i)));
      const Handle other(H5Tget_member_type(b.type.id(), static_cast<unsigned>(k)));
      const auto part = [](const Content& content, int member, const Handle& kind) {
        Content one;
        one.type = Handle(H5Tcopy(kind.id()));
        one.size = H5Tget_size(kind.id());
        const std::size_t offset = H5Tget_member_offset(content.type.id(), static_cast<unsigned>(member));
        for (std::uint64_t row = 0; row < content.elements(); ++row) {
          const char* at = content.bytes.data() + row * content.size + offset;
          one.bytes.insert(one.bytes.end(), at, at + one.size);
        }
        return one;
      };
      Content first = part(a, i, type), second = part(b, k, other);
      if (H5Tget_class(type.id()) == H5T_STRING && H5Tget_class(other.id()) == H5T_STRING) {
        const std::size_t widest = std::max(first.size, second.size);  // as wide as the widest text of each file
        for (Content* one : {&first, &second}) {
          std::vector<char> wide(one->elements() * widest);
          for (std::uint64_t row = 0; row < one->elements(); ++row)
            std::memcpy(wide.data() + row * widest, one->bytes.data() + row * one->size, one->size);
          one->bytes = std::move(wide);
          one->size = widest;
        }
        compare(first, second, second.type.id(), 0, {column, Difference::Kind::values, 0, 0, 0, 0}, out);
      } else {
        compare(first, second, column, out);
      }
    }
  }
  H5Eclear2(H5E_DEFAULT);
}

std::set<std::string> attributes_of(hid_t object, const std::string& where) {
  std::set<std::string> names;
  const auto add = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
    if (!kScaleAttributes.contains(name)) static_cast<std::set<std::string>*>(out)->insert(name);
    return 0;
  };
  readable(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names), where);
  return names;
}

/// f(name, in first, in second) for each name of either.
template <class F>
void each_of(const std::set<std::string>& first, const std::set<std::string>& second, const F& f) {
  std::set<std::string> all = first;
  all.insert(second.begin(), second.end());
  for (const std::string& name : all) f(name, first.contains(name), second.contains(name));
}

}  // namespace

/// The recursion, which has the handles of groups.
class DifferenceWalk {
 public:
  std::vector<Difference> found;
  std::uint64_t objects = 0;
  std::string without;  ///< path of an object that is passed over

  void groups(const Group& a, const Group& b, const std::string& path) {
    attributes(a.handle_.id(), b.handle_.id(), a, b, path);
    const std::vector<std::string> first = a.names(), second = b.names();
    each_of({first.begin(), first.end()}, {second.begin(), second.end()},
            [&](const std::string& name, bool in_a, bool in_b) {
              const std::string object = path + "/" + name;
              if (object == without) return;
              ++objects;
              if (!in_a || !in_b) return missing(object, in_a);
              const Handle one(readable(H5Oopen(a.handle_.id(), name.c_str(), H5P_DEFAULT), a.at(name)));
              const Handle other(readable(H5Oopen(b.handle_.id(), name.c_str(), H5P_DEFAULT), b.at(name)));
              const H5I_type_t kind = H5Iget_type(one.id());
              if (kind != H5Iget_type(other.id()) || (kind != H5I_GROUP && kind != H5I_DATASET)) {
                found.push_back({object, Difference::Kind::type, 0, 0, 0, 0});
              } else if (kind == H5I_GROUP) {
                if (path.size() > 500) fail("compare", a.at(name), "groups are nested too deep", kReadAdvice);
                groups(a.open(name), b.open(name), object);
              } else {
                attributes(one.id(), other.id(), a, b, object);
                compare(dataset_of(one.id(), a.at(name)), dataset_of(other.id(), b.at(name)), object, found);
              }
            });
  }

 private:
  void missing(const std::string& object, bool in_first) {
    found.push_back({object, in_first ? Difference::Kind::only_first : Difference::Kind::only_second, 0, 0, 0, 0});
  }

  void attributes(hid_t a, hid_t b, const Group& first, const Group& second, const std::string& path) {
    each_of(attributes_of(a, first.where()), attributes_of(b, second.where()),
            [&](const std::string& name, bool in_a, bool in_b) {
              const std::string object = path + "@" + name;
              ++objects;
              if (!in_a || !in_b) return missing(object, in_a);
              compare(attribute_of(a, name, first.file_bytes_, first.at(name)),
                      attribute_of(b, name, second.file_bytes_, second.at(name)), object, found);
            });
  }
};

std::vector<Difference> differences(const Group& first, const Group& second, std::uint64_t* objects,
                                    const std::string& without) {
  DifferenceWalk walk;
  walk.without = without.empty() ? "" : "/" + without;
  walk.groups(first, second, "");
  if (objects != nullptr) *objects += walk.objects;
  return std::move(walk.found);
}

}  // namespace octavo::experiments::store
