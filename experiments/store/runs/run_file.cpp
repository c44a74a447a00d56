// The layout of a whole run file.
#include "experiments/store/runs/run_file.h"

#include <fmt/format.h>

#include <array>
#include <numeric>
#include <optional>

#include "experiments/store/runs/run_group.h"
#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

const std::string kTensors = "tensors";

Group write_axes(const Group& root) {
  Group axes = root.create("axes");
  const auto write = [&]<std::size_t bins>(const std::string& name, std::array<std::int32_t, bins> values) {
    std::iota(values.begin(), values.end(), -scaling::kBiasLimit);
    axes.write<std::int32_t>(name, values, {bins});
    axes.make_scale(name, name);
  };
  write("bias", std::array<std::int32_t, scaling::kBiasBins>{});
  write("exponent", std::array<std::int32_t, kExponentBins>{});
  return axes;
}

void write_axis(const Group& root, std::span<const TensorName> axis) {
  const Group tensors = root.create(kTensors);
  std::vector<std::string> names;
  std::vector<std::string> kinds;
  std::vector<std::string> roles;
  std::vector<std::int32_t> layers;
  for (const TensorName& tensor : axis) {
    names.push_back(tensor.name);
    kinds.push_back(tensor.kind);
    roles.emplace_back(word(tensor.role));
    layers.push_back(tensor.layer);
  }
  tensors.write_texts("name", names);
  tensors.write<std::int32_t>("layer", layers, {layers.size()});
  tensors.write_texts("kind", kinds);
  tensors.write_texts("role", roles);
}

}  // namespace

RunWriter::RunWriter(const Replacement& replacement, const Header& header, std::span<const TensorName> axis)
    : file_(File::create(replacement.temporary(), replacement.destination().string())),
      root_(file_.root()),
      axes_(write_axes(root_)),
      runs_(root_.create("runs")),
      tensors_(axis.size()) {
  write_header(root_, header);
  write_axis(root_, axis);
}

void RunWriter::add(const Run& run) {
  if (!run.tensors.empty() && static_cast<std::size_t>(run.tensors.back().index) >= tensors_)
    throw Error(fmt::format("cannot write {}/{}: it records tensor {} of {}; was it computed with another model?",
                            runs_.where(), count_, run.tensors.back().index, tensors_));
  write_run(runs_.create(std::to_string(count_++)), run, &axes_);
}

void RunWriter::add(const TrainingRun& run) { write_training_run(runs_.create(std::to_string(count_++)), run); }

void RunWriter::finish(const Tables& tables) {
  std::optional<Group> group;
  tables.visit([&]<class Row>(const std::string& name, const std::vector<Row>& rows) {
    if (!group) group = root_.create("tables");
    write_table<Row>(*group, name, rows);
  });
  file_.close();
}

void write_file(const std::filesystem::path& path, Existing existing, const Header& header,
                std::span<const TensorName> axis, std::span<const Run> runs, const Tables& tables) {
  check_destination(path, existing);
  remove_leftovers(folder_of(path), path.filename().string());
  Replacement replacement(path);
  RunWriter writer(replacement, header, axis);
  for (const Run& run : runs) writer.add(run);
  writer.finish(tables);
  replacement.commit();
}

Header read_header(const std::filesystem::path& path) { return read_header(File::open(path).root()); }

std::vector<TensorName> read_axis(const std::filesystem::path& path) {
  const File file = File::open(path);
  const Group root = file.root();
  check_schema(root, kRunsSchema);
  const Group tensors = root.open(kTensors);
  const std::vector<std::string> names = tensors.read_texts("name");
  const std::vector<std::string> kinds = tensors.read_texts("kind");
  const std::vector<std::string> roles = tensors.read_texts("role");
  const std::vector<std::int32_t> layers = tensors.read<std::int32_t>("layer", {names.size()});
  if (kinds.size() != names.size() || roles.size() != names.size())
    throw Error(fmt::format("cannot read {}: its datasets differ in length; the file is damaged, write it again",
                            tensors.where()));
  std::vector<TensorName> axis;
  for (std::size_t i = 0; i < names.size(); ++i)
    axis.push_back({names[i], layers[i], kinds[i], from_word<scaling::Role>(roles[i], tensors.where() + "/role")});
  return axis;
}

Run read_run(const std::filesystem::path& path, int run) {
  const File file = File::open(path);
  const Group root = file.root();
  check_schema(root, kRunsSchema);
  return read_run(root.open("runs").open(std::to_string(run)));
}

}  // namespace octavo::experiments::store
