// What two run files have in common, for people and programs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiments/comparison/run_files.h"
#include "experiments/printed/json.h"
#include "experiments/printed/text_table.h"

namespace octavo::experiments {
namespace {

using nlohmann::ordered_json;
using printed::Fit;
using store::Difference;

constexpr std::size_t kShown = 20;  // objects that differ, of all points and tables
constexpr std::size_t kLongest = 200;

std::string words(const Difference& difference) {
  switch (difference.kind) {
    case Difference::Kind::only_first:
      return "in the first alone";
    case Difference::Kind::only_second:
      return "in the second alone";
    case Difference::Kind::shape:
      return "of another shape";
    case Difference::Kind::type:
      return "of another type";
    case Difference::Kind::values:
      break;
  }
  return fmt::format("{} of {}", difference.differing, difference.elements);
}

std::string real(double value, int digits) { return std::isnan(value) ? "" : fmt::format("{:.{}f}", value, digits); }

/// A value of a file in a line of a table.
std::string shown(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
}

struct Row {
  std::string where;
  const Difference* difference;
};

std::vector<Row> rows_of(const RunFilesComparison& comparison) {
  std::vector<Row> rows;
  for (const PointPair& pair : comparison.points)
    for (const Difference& difference : pair.differences) rows.push_back({pair.label, &difference});
  for (const Difference& difference : comparison.elsewhere) rows.push_back({"", &difference});
  return rows;
}

std::string points_text(const RunFilesComparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const PointPair& pair : comparison.points)
    rows.push_back({pair.label, real(pair.loss[0], 4), real(pair.loss[1], 4), real(pair.increase, 4),
                    real(2 * pair.increase_se, 4), real(pair.accuracy[0], 4), real(pair.accuracy[1], 4),
                    pair.differences.empty() ? "same" : std::to_string(pair.differences.size())});
  if (rows.empty()) return "";
  return '\n' + printed::text_table({{"point", true, Fit::shortens},
                                     {"loss 1"},
                                     {"loss 2"},
                                     {"2 - 1"},
                                     {"2 se"},
                                     {"accuracy 1", false, Fit::may_go},
                                     {"accuracy 2", false, Fit::may_go},
                                     {"differ"}},
                                    rows);
}

}  // namespace

std::string run_files_text(const RunFilesComparison& comparison) {
  std::string out;
  for (int i = 0; i < 2; ++i)
    out += printed::wrapped(fmt::format("{}: {}: {}", i + 1, comparison.name[i], shown(comparison.about[i])),
                            printed::kWidth, 3) +
           '\n';
  if (!comparison.attributes.empty()) {
    std::vector<std::vector<std::string>> rows;
    for (const AttributePair& pair : comparison.attributes)
      rows.push_back({pair.name, shown(pair.first), shown(pair.second)});
    out += '\n' + printed::text_table({{"attribute", true}, {"1", true, Fit::wraps}, {"2", true, Fit::wraps}}, rows);
  }
  out += points_text(comparison);
  for (const auto& [which, only] : {std::pair(1, &comparison.only_first), {2, &comparison.only_second}})
    if (!only->empty())
      out += printed::wrapped(fmt::format("only in {}: {}", which, fmt::join(*only, ", ")), printed::kWidth, 2) + '\n';
  const std::vector<Row> differing = rows_of(comparison);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < std::min(kShown, differing.size()); ++i) {
    const Difference& difference = *differing[i].difference;
    const bool values = difference.kind == Difference::Kind::values;
    rows.push_back(
        {differing[i].where, difference.object, words(difference), values ? std::to_string(difference.first) : "",
         std::isnan(difference.largest_relative) || !values ? "" : fmt::format("{:.2e}", difference.largest_relative)});
  }
  if (!rows.empty()) {
    out += '\n' + printed::text_table({{"point", true, Fit::shortens},
                                       {"object", true, Fit::wraps},
                                       {"differing", true},
                                       {"first"},
                                       {"largest rel"}},
                                      rows);
    if (differing.size() > rows.size())
      out += fmt::format("... and {} more; --json has all\n", differing.size() - rows.size());
  }
  out += comparison.same()
             ? fmt::format("\nthe same results, bit for bit ({} objects)\n", comparison.objects)
             : fmt::format("\nnot the same results: {} of {} objects differ\n", differing.size(), comparison.objects);
  return out;
}

std::string run_files_json(const RunFilesComparison& comparison) {
  const auto list = [](const std::vector<Difference>& differences) {
    ordered_json all = ordered_json::array();
    for (const Difference& one : differences)
      all.push_back({{"object", one.object},
                     {"what", words(one)},
                     {"differing", one.differing},
                     {"elements", one.elements},
                     {"first", one.first},
                     {"largest_relative", printed::number(one.largest_relative)}});
    return all;
  };
  ordered_json json = {{"same", comparison.same()},
                       {"files", {comparison.name[0], comparison.name[1]}},
                       {"attributes", ordered_json::array()},
                       {"points", ordered_json::array()},
                       {"only_first", comparison.only_first},
                       {"only_second", comparison.only_second},
                       {"elsewhere", list(comparison.elsewhere)}};
  for (const AttributePair& pair : comparison.attributes)
    json["attributes"].push_back({{"name", pair.name}, {"first", pair.first}, {"second", pair.second}});
  for (const PointPair& pair : comparison.points)
    json["points"].push_back({{"point", pair.label},
                              {"loss", {printed::number(pair.loss[0]), printed::number(pair.loss[1])}},
                              {"accuracy", {printed::number(pair.accuracy[0]), printed::number(pair.accuracy[1])}},
                              {"loss_increase", printed::number(pair.increase)},
                              {"loss_increase_se", printed::number(pair.increase_se)},
                              {"differences", list(pair.differences)}});
  return printed::dumped(json);
}

}  // namespace octavo::experiments
