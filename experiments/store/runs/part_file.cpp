// Parts: a digest that tells a damaged one, then a run and its place in the grid.
#include "experiments/store/runs/part_file.h"

#include <fmt/format.h>

#include <fstream>

#include "experiments/store/provenance.h"
#include "experiments/store/replacement.h"
#include "experiments/store/runs/header.h"
#include "experiments/store/runs/run_group.h"
#include "experiments/store/runs/schema.h"
#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

/// The user block in front of a part. HDF5 guards its metadata with checksums, but not the arrays, and reading damaged
/// files is where its weaknesses are: a damaged part is told by its digest before HDF5 sees it.
constexpr std::size_t kBlockBytes = 512;

std::string block_of(const std::filesystem::path& path) {
  std::string block = "octavo-part: SHA-256 from byte 512 on: " + sha256_of_file(path, kBlockBytes) + '\n';
  block.resize(kBlockBytes);
  return block;
}

void check_block(const std::filesystem::path& path) {
  std::string block(kBlockBytes, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(block.data(), kBlockBytes);
  if (!in || block != block_of(path))
    throw Error(
        fmt::format("cannot read {}: it is absent or not what was written; remove it and use --resume", path.string()));
}

/// `fill` writes what the part holds into its root group.
template <class Fill>
void write_sealed(const std::filesystem::path& path, const std::string& fingerprint, const Fill& fill) {
  Replacement replacement(path);
  File file = File::create(replacement.temporary(), path.string(), kBlockBytes);
  {
    const Group root = file.root();
    root.set("schema", kPartSchema);
    root.set("schema_version", kSchemaVersion);
    root.set("fingerprint", fingerprint);
    fill(root);
  }
  file.close();
  const std::string block = block_of(replacement.temporary());
  std::fstream out(replacement.temporary(), std::ios::binary | std::ios::in | std::ios::out);
  out.write(block.data(), kBlockBytes);
  out.close();
  if (!out) throw Error(fmt::format("cannot write {}; check the free space of its folder", path.string()));
  replacement.commit();
}

File open_sealed(const std::filesystem::path& path) {
  check_block(path);
  File file = File::open(path);
  check_schema(file.root(), kPartSchema);
  return file;
}

}  // namespace

void write_part(const std::filesystem::path& path, const std::string& fingerprint, int point, const Run& run) {
  write_sealed(path, fingerprint, [&](const Group& root) {
    root.set("point", std::int32_t{point});
    write_run(root.create("run"), run);
  });
}

void write_training_part(const std::filesystem::path& path, const std::string& fingerprint, const TrainingRun& run) {
  write_sealed(path, fingerprint, [&](const Group& root) { write_training_run(root.create("training"), run); });
}

std::string part_fingerprint(const std::filesystem::path& path) {
  check_block(path);
  const File file = File::open(path);
  return file.root().get_text("fingerprint");
}

Run read_part(const std::filesystem::path& path, int point) {
  const File file = open_sealed(path);
  const Group root = file.root();
  if (root.get<std::int32_t>("point") != point)
    throw Error(fmt::format("cannot read {}: it is another point; remove it and use --resume", path.string()));
  return read_run(root.open("run"));
}

TrainingRun read_training_part(const std::filesystem::path& path) {
  return read_training_run(open_sealed(path).root().open("training"));
}

}  // namespace octavo::experiments::store
