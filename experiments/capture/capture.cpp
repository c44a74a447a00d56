// The recorder.
#include "experiments/capture/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cuda/device_lost.h"
#include "cuda/written.h"
#include "experiments/capture/families/tree_probe.h"
#include "experiments/capture/summation_tree.h"
#include "experiments/replay/operation.h"
#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kWritingShare = 20;  // of the time, one part goes into writing what there is so far

std::string source_of(const Executor& executor, const Plan& plan, const Request& request) {
  const std::string form = to_string(plan.form);
  return fmt::format("{}; seed {}{}{}", executor.source(), request.seed, form.empty() ? "" : "; ", form);
}

std::int64_t results_of(const store::Case& one) {
  if (const auto* conversion = std::get_if<store::ConversionCase>(&one.data))
    return static_cast<std::int64_t>(conversion->output.values.size());
  return std::get<store::ProductCase>(one.data).results();
}

/// True if the recorded case answers the planned one: the same question from the same source.
bool answers(const store::Case& recorded, const Plan& plan, const std::string& source) {
  if (recorded.operation != plan.one.operation || recorded.source != source ||
      recorded.data.index() != plan.one.data.index())
    return false;
  if (const auto* conversion = std::get_if<store::ConversionCase>(&recorded.data))
    return conversion->input == std::get<store::ConversionCase>(plan.one.data).input;
  const auto& data = std::get<store::ProductCase>(recorded.data);
  const auto& planned = std::get<store::ProductCase>(plan.one.data);
  std::optional<store::LibraryCall> call = data.call;
  if (call && call->amax) call->amax = 0;  // as planned: what it was is the answer
  return data.a == planned.a && data.b == planned.b && data.c == planned.c && data.depth == planned.depth &&
         data.selected == planned.selected && call == planned.call;
}

/// In an order that does not tell whether the capture was interrupted.
void write(const std::filesystem::path& out, std::vector<store::Case>& cases) {
  std::ranges::sort(cases, {}, &store::Case::id);
  store::write_cases(out, cases);
}

}  // namespace

std::vector<FamilyCount> capture(Executor& executor, const std::vector<Family>& chosen, const Request& request,
                                 const std::filesystem::path& out, bool resume, const Progress& progress) {
  std::vector<store::Case> cases;
  if (resume && std::filesystem::exists(out)) cases = store::read_cases(out);
  std::vector<FamilyCount> counts;
  Clock::time_point written = Clock::now();
  Clock::duration writing{};
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Family& family = chosen[i];
    progress(static_cast<double>(i) / static_cast<double>(chosen.size()), std::string(family.id));
    FamilyCount count{.id = std::string(family.id), .settles = std::string(family.settles), .refused = {}};
    for (Plan& plan : family.plans(family, request)) {
      plan.one.source = source_of(executor, plan, request);
      const auto known = std::ranges::find(cases, plan.one.id, &store::Case::id);
      if (known != cases.end()) {
        if (!answers(*known, plan, plan.one.source))
          throw Error(
              fmt::format("{}: case {} was recorded with another seed, count or GPU; resume with its own, or "
                          "record into another file",
                          out.string(), plan.one.id));
        ++count.cases;
        count.results += results_of(*known);
        continue;
      }
      if (!executor.runs(plan)) {
        ++count.skipped;
        continue;
      }
      try {
        executor.run(plan);
      } catch (const cuda::NeverWritten& error) {
        count.unwritten.push_back(fmt::format("{}: {}", plan.one.id, error.what()));
        continue;
      } catch (const cuda::DeviceLost&) {
        if (!cases.empty()) write(out, cases);
        throw;
      } catch (const Error& error) {
        // A library may have no algorithm for a shape, which is a finding too; an instruction must run.
        if (!replay::is_library(plan.one.operation)) throw;
        count.refused.push_back(fmt::format("{}: {}", plan.one.id, error.what()));
        continue;
      }
      ++count.cases;
      count.results += results_of(plan.one);
      cases.push_back(std::move(plan.one));
      const Clock::time_point now = Clock::now();
      if (now - written > kWritingShare * writing) {
        write(out, cases);
        written = Clock::now();
        writing = written - now;
      }
    }
    counts.push_back(std::move(count));
  }
  if (cases.empty())
    throw Error(fmt::format("{} runs none of the cases asked for; try other families", executor.source()));
  write(out, cases);
  return counts;
}

std::string library_tree(Executor& executor, const std::string& operation, int terms) {
  const SummationTree tree = discover_tree(terms, [&](std::span<const TreeProbe> probes) {
    Plan plan{"L1", {}, {"tree", operation, {}, tree_probe_case(probes, terms)}};
    executor.run(plan);
    return surviving_units(std::get<store::ProductCase>(plan.one.data).d.values);
  });
  return describe(tree);
}

}  // namespace octavo::experiments::capture
