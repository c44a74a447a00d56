// Pairing points, and holding the rest side by side.
#include "experiments/comparison/run_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "experiments/evaluation/paired_difference.h"
#include "experiments/store/hdf5/file.h"
#include "experiments/store/hdf5/table.h"
#include "experiments/store/run_words.h"
#include "experiments/store/runs/rows/tensor_rows.h"
#include "messages/error.h"

namespace octavo::experiments {
namespace {

using store::Group;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string text_of(const Group& group, const std::string& name) {
  return group.has_attribute(name) ? group.get_any_text(name) : "";
}

std::string about(const Group& root) {
  const std::string recipe = root.has("config") ? text_of(root.open("config"), "recipe_name") : "";
  const std::string text = text_of(root, "text_name");
  return fmt::format("{} of {}{}, recipe {}", text_of(root, "experiment"), text_of(root, "model_name"),
                     text.empty() ? "" : " on " + text, recipe);
}

/// The last value of a metric; NaN if there is none.
double last(const Group& run, const std::string& metric) {
  if (!run.has("metrics") || !run.open("metrics").has(metric)) return kNan;
  const Group group = run.open("metrics").open(metric);
  const std::uint64_t length = group.length("value");
  return length == 0 ? kNan : group.read<double>("value", {length}).back();
}

std::string label(const Group& run) {
  std::string words = text_of(run, "policy");
  const std::string target = text_of(run, "target"), role = text_of(run, "role");
  const std::int64_t bias = run.has_attribute("bias") ? run.get_any_integer("bias") : store::kNoBias;
  if (bias != store::kNoBias) words += fmt::format(" {}", bias);
  if (!target.empty()) words += " " + target;
  if (!role.empty() && role != "both") words += " " + role;
  return words;
}

/// What octavo quantize cast in each run, by the run's number; empty for other files.
std::map<int, std::string> casts_of(const Group& root) {
  std::map<int, std::string> casts;
  if (!root.has("tables") || !root.open("tables").has(store::QuantizeRow::kTable)) return casts;
  try {
    for (const store::QuantizeRow& row :
         store::read_table<store::QuantizeRow>(root.open("tables"), store::QuantizeRow::kTable))
      casts.emplace(row.run, fmt::format("{} {} {}", row.tensor, row.format, row.scaling));
  } catch (const Error&) {  // of an older Octavo, without some column: its runs go by their numbers
  }
  return casts;
}

/// Numbers of the groups under /runs by their labels; what shares a label gets its number beside it.
std::map<std::string, int> points_of(const Group& root) {
  const Group runs = root.open("runs");
  const std::map<int, std::string> casts = casts_of(root);
  std::map<std::string, int> points;
  std::vector<int> numbers;
  for (const std::string& name : runs.names()) {
    int number = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failed == std::errc() && end == name.data() + name.size()) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  for (const int number : numbers) {
    const auto cast = casts.find(number);
    const std::string words = cast != casts.end() ? cast->second : label(runs.open(std::to_string(number)));
    if (!points.emplace(words, number).second) points.emplace(fmt::format("{} (run {})", words, number), number);
  }
  return points;
}

/// The increase of the loss over tokens that both have, and its standard error.
void pair_tokens(const Group& a, const Group& b, PointPair& pair) {
  pair.increase = pair.loss[1] - pair.loss[0];
  pair.increase_se = kNan;
  if (!a.has("tokens") || !b.has("tokens")) return;
  const Group first = a.open("tokens"), second = b.open("tokens");
  const std::uint64_t count = first.length("loss");
  if (second.length("loss") != count) return;
  const auto losses = [&](const Group& tokens) { return tokens.read<float>("loss", {count}); };
  const auto correct = [&](const Group& tokens) { return tokens.read<std::uint8_t>("correct", {count}); };
  const PairedDifference difference = paired_difference(losses(second), correct(second), losses(first), correct(first));
  pair.increase = difference.loss_increase;
  pair.increase_se = difference.loss_increase_se;
}

/// True for what says how and by what a file was made.
bool is_provenance(const std::string& object) { return object.starts_with("@") || object.starts_with("/config"); }

void add_attributes(const Group& a, const Group& b, const std::vector<store::Difference>& differences,
                    const std::string& prefix, std::vector<AttributePair>& out) {
  const auto shown = [](const Group& group, const std::string& name) -> std::string {
    if (!group.has_attribute(name)) return "-";
    try {
      return group.get_any_text(name);
    } catch (const Error&) {
      return std::to_string(group.get_any_integer(name));
    }
  };
  for (const store::Difference& difference : differences) {
    if (!difference.object.starts_with(prefix + "@")) continue;
    const std::string name = difference.object.substr(prefix.size() + 1);
    out.push_back({name, shown(a, name), shown(b, name)});
  }
}

}  // namespace

bool RunFilesComparison::same() const {
  return only_first.empty() && only_second.empty() && elsewhere.empty() &&
         std::ranges::all_of(points, [](const PointPair& pair) { return pair.differences.empty(); });
}

bool is_run_file(const std::filesystem::path& path) {
  try {
    return text_of(store::File::open(path).root(), "schema") == "octavo-runs";
  } catch (const Error&) {
    return false;
  }
}

RunFilesComparison compare_run_files(const std::filesystem::path& first, const std::filesystem::path& second) {
  const store::File files[] = {store::File::open(first), store::File::open(second)};
  const Group a = files[0].root(), b = files[1].root();
  for (const auto& [path, root] : {std::pair(&first, &a), {&second, &b}})
    if (text_of(*root, "schema") != "octavo-runs")
      throw Error(
          fmt::format("{}: no run file; compare run files with run files, and cases with cases", path->string()));
  RunFilesComparison result;
  result.name[0] = first.filename().string();
  result.name[1] = second.filename().string();
  if (result.name[0] == result.name[1]) result.name[0] = first.string(), result.name[1] = second.string();
  result.about[0] = about(a);
  result.about[1] = about(b);

  const Group runs[] = {a.open("runs"), b.open("runs")};
  const std::map<std::string, int> points[] = {points_of(a), points_of(b)};
  for (const auto& [words, number] : points[1])
    if (!points[0].contains(words)) result.only_second.push_back(words);
  for (const auto& [words, number] : points[0]) {
    const auto other = points[1].find(words);
    if (other == points[1].end()) {
      result.only_first.push_back(words);
      continue;
    }
    PointPair pair{words, number, other->second, {}, {}, 0, 0, {}};
    const Group one = runs[0].open(std::to_string(number)), two = runs[1].open(std::to_string(other->second));
    pair.loss[0] = last(one, "loss"), pair.loss[1] = last(two, "loss");
    pair.accuracy[0] = last(one, "accuracy"), pair.accuracy[1] = last(two, "accuracy");
    pair_tokens(one, two, pair);
    pair.differences = store::differences(one, two, &result.objects);
    result.points.push_back(std::move(pair));
  }
  std::ranges::sort(result.points, {}, &PointPair::first);

  const std::vector<store::Difference> all = store::differences(a, b, &result.objects, "runs");
  add_attributes(a, b, all, "", result.attributes);
  if (a.has("config") && b.has("config"))
    add_attributes(a.open("config"), b.open("config"), all, "/config", result.attributes);
  for (const store::Difference& difference : all)
    if (!is_provenance(difference.object)) result.elsewhere.push_back(difference);
  return result;
}

}  // namespace octavo::experiments
