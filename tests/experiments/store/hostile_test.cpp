// Valid HDF5 containers with wrong content: every reader gives an Error or a result, never a crash or a huge
// allocation.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <array>
#include <functional>
#include <set>

#include "experiments/store/runs/part_file.h"
#include "experiments/store/runs/run_file.h"
#include "messages/error.h"
#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::store {
namespace {

/// An attribute of an object, or the object itself if `attribute` is empty.
struct Place {
  std::string object;
  std::string attribute;
};

std::vector<Place> places_in(const std::filesystem::path& path) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  std::vector<Place> places;
  const auto visit_object = [](hid_t root, const char* name, const H5O_info_t*, void* out) -> herr_t {
    auto& found = *static_cast<std::vector<Place>*>(out);
    found.push_back({name, ""});
    const hid_t object = H5Oopen(root, name, H5P_DEFAULT);
    const auto visit_attribute = [](hid_t, const char* attribute, const H5A_info_t*, void* list) -> herr_t {
      auto& all = *static_cast<std::vector<Place>*>(list);
      all.push_back({all.back().object, attribute});
      return 0;
    };
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, visit_attribute, out);
    H5Oclose(object);
    return 0;
  };
  H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, visit_object, &places);
  H5Fclose(file);
  return places;
}

/// What no reader looks at: labels for other programs, and what follows from other numbers.
bool unread(const Place& place) {
  static const std::set<std::string> labels{"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"};
  const std::string& object = place.object;
  if (labels.contains(place.attribute)) return true;
  if (object == ".") return place.attribute.empty();
  const bool in_metrics = object.find("metrics/") != std::string::npos;
  return object.starts_with("axes") || (in_metrics && (object.ends_with("/step") || object.ends_with("perplexity") ||
                                                       object.ends_with("perplexity/value")));
}

/// A type and a space to put in the place of what was there.
struct Content {
  std::string name;
  std::function<hid_t()> type;
  std::function<hid_t()> space;
};

std::vector<Content> contents() {
  const auto text = [](std::size_t bytes) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, bytes);
    return type;
  };
  const auto simple = [](std::vector<hsize_t> extents) {
    return H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  };
  const auto scalar = [] { return H5Screate(H5S_SCALAR); };
  return {
      {"a byte", [] { return H5Tcopy(H5T_STD_I8BE); }, scalar},
      {"a text of variable length", [=] { return text(H5T_VARIABLE); }, scalar},
      {"nothing", [] { return H5Tcopy(H5T_STD_I32LE); }, [] { return H5Screate(H5S_NULL); }},
      {"no elements", [] { return H5Tcopy(H5T_IEEE_F64LE); }, [=] { return simple({0}); }},
      {"five dimensions", [] { return H5Tcopy(H5T_STD_U64LE); },
       [=] {
         return simple({1, 1, 1, 1, 2});
       }},
      {"texts", [=] { return text(3); }, [=] { return simple({2}); }},
      {"a reference", [] { return H5Tcopy(H5T_STD_REF_OBJ); }, scalar},
  };
}

void remove(hid_t file, const Place& place) {
  if (place.attribute.empty())
    H5Ldelete(file, place.object.c_str(), H5P_DEFAULT);
  else
    H5Adelete_by_name(file, place.object.c_str(), place.attribute.c_str(), H5P_DEFAULT);
}

void put(hid_t file, const Place& place, const Content& content) {
  const hid_t type = content.type();
  const hid_t space = content.space();
  if (place.attribute.empty())
    H5Dclose(H5Dcreate2(file, place.object.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  else
    H5Aclose(H5Acreate_by_name(file, place.object.c_str(), place.attribute.c_str(), type, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  H5Tclose(type);
}

class Hostile : public testing::Test {
 protected:
  void change(const std::filesystem::path& from, const std::function<void(hid_t)>& f) const {
    std::filesystem::copy_file(from, folder_ / "changed.h5", std::filesystem::copy_options::overwrite_existing);
    const hid_t file = H5Fopen((folder_ / "changed.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    ASSERT_GE(file, 0);
    f(file);
    ASSERT_GE(H5Fclose(file), 0);
  }

  /// The first complaint of the readers about the changed file.
  std::string complaint(const std::function<void(const std::filesystem::path&)>& read) const {
    try {
      read(folder_ / "changed.h5");
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      EXPECT_THAT(error.what(), testing::HasSubstr("changed.h5"));
      return error.what();
    }
    return "";
  }

  /// Removes and replaces everything in `path` that is read, one thing at a time: each time `read` must complain.
  void expect_complaints(const std::filesystem::path& path,
                         const std::function<void(const std::filesystem::path&)>& read) const {
    for (const Place& place : places_in(path)) {
      if (unread(place)) continue;
      const std::string what = place.object + " " + place.attribute;
      change(path, [&](hid_t file) { remove(file, place); });
      if (!place.object.ends_with("/tensors")) {  // a baseline has none
        EXPECT_NE(complaint(read), "") << what << " is missing";
      }
      for (const Content& content : contents()) {
        change(path, [&](hid_t file) {
          remove(file, place);
          put(file, place, content);
        });
        EXPECT_NE(complaint(read), "") << what << " is " << content.name;
      }
    }
  }

  static void read_all(const std::filesystem::path& path) {
    read_header(path);
    read_axis(path);
    for (int i = 0; i < 2; ++i) read_run(path, i);
    read_table<SweepRow>(path);
    read_table<IntervalRow>(path);
  }

  void write_sample(const std::string& name) const {
    store::Run run = sample_run(2);
    run.tensors.resize(3);
    write_file(folder_ / name, Existing::force, sample_header(), sample_axis(), std::array{sample_run(0), run},
               Tables(sample_sweep(2), sample_interval()));
  }

  TemporaryFolder folder_;
};

TEST_F(Hostile, RunFileWithAnythingWrongIsRefused) {
  write_sample("runs.h5");
  ASSERT_NO_THROW(read_all(folder_ / "runs.h5"));
  expect_complaints(folder_ / "runs.h5", read_all);
}

TEST_F(Hostile, OtherSchemasAreNamed) {
  write_sample("runs.h5");
  const auto set_version = [&](std::int32_t version) {
    change(folder_ / "runs.h5", [&](hid_t file) {
      const hid_t attribute = H5Aopen(file, "schema_version", H5P_DEFAULT);
      H5Awrite(attribute, H5T_NATIVE_INT32, &version);
      H5Aclose(attribute);
    });
  };
  set_version(3);
  EXPECT_THAT(complaint(read_all), testing::HasSubstr("'octavo-runs' version 3, expected 'octavo-runs' version 2"));
  write_part(folder_ / "changed.h5", "f00d", 2, sample_run(2));
  EXPECT_THAT(complaint(read_all), testing::HasSubstr("'octavo-part'"));
  write_bytes(folder_ / "changed.h5", "no HDF5 at all");
  EXPECT_NE(complaint(read_all), "");
  write_bytes(folder_ / "changed.h5", "");
  EXPECT_NE(complaint(read_all), "");
  std::filesystem::remove(folder_ / "changed.h5");
  EXPECT_THAT(complaint(read_all), testing::HasSubstr("No such file"));
}

/// Extents that no memory holds, in chunks of which the file has none.
TEST_F(Hostile, SizesAreNotBelieved) {
  write_sample("runs.h5");
  const auto claim = [&](const std::string& object, std::vector<hsize_t> extents, hid_t type) {
    change(folder_ / "runs.h5", [&](hid_t file) {
      const hid_t old = type >= 0 ? type : [&] {
        const hid_t dataset = H5Dopen2(file, object.c_str(), H5P_DEFAULT);
        const hid_t found = H5Dget_type(dataset);
        H5Dclose(dataset);
        return found;
      }();
      H5Ldelete(file, object.c_str(), H5P_DEFAULT);
      const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
      const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
      H5Pset_chunk(creation, static_cast<int>(extents.size()), std::vector<hsize_t>(extents.size(), 1).data());
      H5Dclose(H5Dcreate2(file, object.c_str(), old, space, H5P_DEFAULT, creation, H5P_DEFAULT));
      H5Pclose(creation);
      H5Sclose(space);
    });
    EXPECT_THAT(complaint(read_all), testing::HasSubstr(object)) << extents[0];
  };
  for (const hsize_t extent : {hsize_t{1} << 20, hsize_t{1} << 40, (hsize_t{1} << 62) + 1}) {
    claim("runs/1/tokens/loss", {extent}, H5T_IEEE_F32LE);
    claim("runs/1/tensors/index", {extent}, H5T_STD_I32LE);
    claim("tables/sweep", {extent}, -1);
    claim("tensors/name", {extent}, -1);
  }
}

/// A sweep table whose columns are put together anew: one left out, of another type, and one more at the front.
TEST_F(Hostile, ColumnsAreFoundByNameAndCheckedByType) {
  write_sample("runs.h5");
  const auto rebuild = [&](const std::string& without, const std::string& as_byte) {
    change(folder_ / "runs.h5", [&](hid_t file) {
      const hid_t old = H5Dopen2(file, "tables/sweep", H5P_DEFAULT);
      const hid_t row = H5Dget_type(old);
      const hid_t changed = H5Tcreate(H5T_COMPOUND, H5Tget_size(row) + 8);
      H5Tinsert(changed, "added later", 0, H5T_IEEE_F64LE);
      for (unsigned i = 0; i < static_cast<unsigned>(H5Tget_nmembers(row)); ++i) {
        char* name = H5Tget_member_name(row, i);
        const hid_t member = as_byte == name ? H5Tcopy(H5T_STD_I8LE) : H5Tget_member_type(row, i);
        if (without != name) H5Tinsert(changed, name, 8 + H5Tget_member_offset(row, i), member);
        H5Tclose(member);
        H5free_memory(name);
      }
      std::vector<char> rows(2 * H5Tget_size(changed));
      H5Dread(old, changed, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data());
      const hid_t space = H5Dget_space(old);
      H5Ldelete(file, "tables/sweep", H5P_DEFAULT);
      const hid_t table = H5Dcreate2(file, "tables/sweep", changed, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      H5Dwrite(table, changed, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data());
      for (const hid_t id : {old, row, changed, space, table}) H5Idec_ref(id);
    });
  };
  rebuild("", "");
  EXPECT_EQ(read_table<SweepRow>(folder_ / "changed.h5"), sample_sweep(2));
  rebuild("loss", "");
  EXPECT_THAT(complaint(read_all), testing::HasSubstr("no column 'loss'"));
  for (const char* column : {"policy", "bias", "loss", "run"}) {
    rebuild("", column);
    EXPECT_THAT(complaint(read_all), testing::HasSubstr("column '" + std::string(column) + "'"));
  }
}

TEST_F(Hostile, TensorsOutOfOrderAreRefused) {
  write_sample("runs.h5");
  change(folder_ / "runs.h5", [](hid_t file) {
    const hid_t dataset = H5Dopen2(file, "runs/1/tensors/index", H5P_DEFAULT);
    const std::array<std::int32_t, 3> index{0, 6, 3};
    H5Dwrite(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, index.data());
    H5Dclose(dataset);
  });
  EXPECT_THAT(complaint(read_all), testing::HasSubstr("does not ascend"));
}

}  // namespace
}  // namespace octavo::experiments::store
