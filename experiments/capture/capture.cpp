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
bool answers(const store::Case& recorded, const store::Case& planned, Keep keep) {
  return recorded.operation == planned.operation && recorded.source == planned.source &&
         recorded.answers_only == (keep == Keep::answers) &&
         (recorded.answers_only ? recorded.origin == planned.origin
                                : store::operands_sha256(recorded) == planned.origin->operands_sha256);
}

/// The file as it grows.
class Recording {
 public:
  Recording(std::filesystem::path out, bool resume) : out_(std::move(out)) {
    if (!resume || !std::filesystem::exists(out_)) return;
    cases_ = store::read_cases(out_);
    refused_ = store::read_refused(out_);
  }

  const store::Case* find(const std::string& id) const {
    const auto known = std::ranges::find(cases_, id, &store::Case::id);
    return known == cases_.end() ? nullptr : &*known;
  }
  void add(store::Case one) {
    forget_refusal(one.id);
    cases_.push_back(std::move(one));
    const Clock::time_point now = Clock::now();
    if (now - written_ <= kWritingShare * writing_) return;
    write();
    written_ = Clock::now();
    writing_ = written_ - now;
  }
  void add(store::Refused one) {
    forget_refusal(one.id);
    refused_.push_back(std::move(one));
  }
  bool empty() const { return cases_.empty() && refused_.empty(); }

  /// In an order that does not tell whether the capture was interrupted.
  void write() {
    std::ranges::sort(cases_, {}, &store::Case::id);
    std::ranges::sort(refused_, {}, &store::Refused::id);
    store::write_cases(out_, cases_, refused_);
  }

 private:
  void forget_refusal(const std::string& id) {
    std::erase_if(refused_, [&](const store::Refused& one) { return one.id == id; });
  }

  std::filesystem::path out_;
  std::vector<store::Case> cases_;
  std::vector<store::Refused> refused_;
  Clock::time_point written_ = Clock::now();
  Clock::duration writing_{};
};

/// Runs one planned case, unless it is there, into the recording.
void record(Executor& executor, Plan& plan, const std::filesystem::path& out, Keep keep, Recording& recording,
            FamilyCount& count) {
  if (const store::Case* known = recording.find(plan.one.id)) {
    if (!answers(*known, plan.one, keep))
      throw Error(
          fmt::format("{}: case {} was recorded with another seed, count or GPU, or with operands where now "
                      "answers alone are asked for or the other way round; resume as it was begun, or record "
                      "into another file",
                      out.string(), plan.one.id));
    ++count.cases;
    count.results += results_of(*known);
    return;
  }
  if (!executor.runs(plan)) {
    ++count.skipped;
    return;
  }
  try {
    executor.run(plan);
  } catch (const cuda::NeverWritten& error) {
    count.unwritten.push_back(fmt::format("{}: {}", plan.one.id, error.what()));
    return;
  } catch (const Error& error) {
    // A library may have no algorithm for a shape, which is a finding too; an instruction must run.
    if (!replay::is_library(plan.one.operation)) throw;
    count.refused.push_back(fmt::format("{}: {}", plan.one.id, error.what()));
    recording.add(store::Refused{plan.one.id, plan.one.operation, plan.one.source, error.what()});
    return;
  }
  ++count.cases;
  count.results += results_of(plan.one);
  if (keep == Keep::answers) store::drop_operands(plan.one);
  recording.add(std::move(plan.one));
}

}  // namespace

std::vector<FamilyCount> capture(Executor& executor, const std::vector<Family>& chosen, const Request& request,
                                 const std::filesystem::path& out, bool resume, const Progress& progress, Keep keep) {
  Recording recording(out, resume);
  std::vector<FamilyCount> counts;
  try {
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const Family& family = chosen[i];
      FamilyCount count{.id = std::string(family.id), .settles = std::string(family.settles), .refused = {}};
      std::vector<Plan> plans = family.plans(family, request);
      for (std::size_t n = 0; n < plans.size(); ++n) {
        Plan& plan = plans[n];
        const double done = static_cast<double>(i) + static_cast<double>(n) / static_cast<double>(plans.size());
        progress(done / static_cast<double>(chosen.size()), plan.one.id);
        plan.one.source = source_of(executor, plan, request);
        plan.one.origin =
            store::Origin{count.id, request.seed, request.count, request.target, store::operands_sha256(plan.one)};
        record(executor, plan, out, keep, recording, count);
      }
      counts.push_back(std::move(count));
    }
  } catch (...) {
    if (!recording.empty()) recording.write();
    throw;
  }
  if (recording.empty())
    throw Error(fmt::format("{} runs none of the cases asked for; try other families", executor.source()));
  recording.write();
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
