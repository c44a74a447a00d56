// The self-test.
#include "experiments/capture/self_test/self_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>

#include <algorithm>
#include <map>

#include "experiments/capture/self_test/planted_error.h"
#include "experiments/replay/compare.h"
#include "experiments/replay/fit/library_fit.h"
#include "experiments/replay/fit/row_fit.h"
#include "messages/error.h"

namespace octavo::experiments::capture {
namespace {

/// A folder of its own under the system's temporary one, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "octavo-selftest-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw Error(fmt::format("cannot create {}; set TMPDIR to a folder that can be written", name));
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string family_of(const std::string& id) { return id.substr(0, id.find('.')); }

/// What a comparison of a family's cases found.
struct Found {
  std::int64_t mismatches = 0;
  replay::VerdictCounts verdicts;
  std::int64_t amax = 0;

  /// Of most mismatches.
  Finding finding() const {
    const std::int64_t most = std::max({verdicts.misplaced, verdicts.near, verdicts.far, verdicts.nan_bits, amax});
    if (most == verdicts.misplaced && most > 0) return Finding::misplaced;
    if (most == verdicts.near && most > 0) return Finding::near;
    if (most == verdicts.nan_bits && most > 0) return Finding::nan_bits;
    return most == amax && most > 0 ? Finding::amax : Finding::far;
  }
};

/// Of a recorded file, by family.
std::map<std::string, Found> compare_file(const std::filesystem::path& file) {
  std::map<std::string, Found> found;
  const replay::CompareFlags flags{.engine = {}, .differences = 0};
  for (const store::Case& one : replay::read_case_file(file)) {
    const replay::CaseComparison comparison = replay::compare_case(file.filename().string(), one, flags);
    Found& family = found[family_of(one.id)];
    family.mismatches += comparison.mismatches;
    family.verdicts += comparison.verdicts;
    if (comparison.amax && comparison.amax->first != comparison.amax->second) ++family.amax;
  }
  return found;
}

/// What the fit says of those families.
std::string fit_text(const std::filesystem::path& file, const std::vector<std::string_view>& chosen) {
  replay::RowFit rows;
  replay::LibraryFit library;
  for (const store::Case& one : replay::read_case_file(file)) {
    if (std::ranges::find(chosen, family_of(one.id)) == chosen.end()) continue;
    rows.add(one);
    library.add(one);
  }
  return rows.text() + library.text();
}

/// What is not as the table of errors has it.
std::vector<std::string> wrong_names(const NamedError& planted, const std::vector<SelfTest::Caught>& caught,
                                     const std::filesystem::path& file) {
  std::vector<std::string> wrong;
  for (const std::string_view family : planted.families) {
    const auto one = std::ranges::find(caught, family, &SelfTest::Caught::family);
    if (one == caught.end())
      wrong.push_back(fmt::format("{} does not find it", family));
    else if (one->finding != planted.finding)
      wrong.push_back(fmt::format("{} says {}, not {}", family, name(one->finding), name(planted.finding)));
  }
  // A wrong map and a wrong model must not be taken for each other anywhere.
  const bool map = planted.finding == Finding::misplaced;
  for (const SelfTest::Caught& one : caught)
    if ((one.finding == Finding::misplaced) != map)
      wrong.push_back(fmt::format("{} says {}, which it is not", one.family, name(one.finding)));
  if (!planted.fit.empty() && fit_text(file, planted.fitted).find(planted.fit) == std::string::npos)
    wrong.push_back(fmt::format("the fit of {} does not say '{}'", fmt::join(planted.fitted, ", "), planted.fit));
  return wrong;
}

constexpr int kTreeTerms = 256;
constexpr const char* kFurtherTargets[]{"sm89", "sm100", "sm120"};

}  // namespace

bool SelfTest::passed() const {
  return std::ranges::all_of(families,
                             [](const Checked& one) { return one.mismatches == 0 && one.family.results > 0; }) &&
         std::ranges::all_of(planted, [](const Planted& one) { return !one.caught.empty() && one.wrong.empty(); });
}

SelfTest self_test(std::uint64_t seed, std::int64_t count, const Progress& progress) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "cases.h5";
  const Request request{.seed = seed, .count = count};
  const double runs = static_cast<double>(planted_errors().size()) + 1;
  SelfTest test;

  const std::unique_ptr<Executor> emulator = make_emulator();
  std::vector<FamilyCount> counts =
      capture(*emulator, families(), request, file, false,
              [&](double share, const std::string& what) { progress(share / runs, what); });
  std::map<std::string, Found> found = compare_file(file);
  for (const char* target : kFurtherTargets) {
    Request further = request;
    further.target = target;
    const std::unique_ptr<Executor> other = make_emulator(target);
    const FamilyCount one =
        capture(*other, families({"M"}), further, file, false, [](double, const std::string&) {}).front();
    const auto counted = std::ranges::find(counts, one.id, &FamilyCount::id);
    counted->cases += one.cases;
    counted->results += one.results;
    found[one.id].mismatches += compare_file(file)[one.id].mismatches;
  }
  for (FamilyCount& one : counts) test.families.push_back({one, found[one.id].mismatches});

  double done = 1;
  for (const NamedError& planted : planted_errors()) {
    const std::unique_ptr<Executor> wrong = make_planted(planted.error);
    counts = capture(*wrong, families(), request, file, false, [&](double share, const std::string&) {
      progress((done + share) / runs, std::string(planted.name));
    });
    SelfTest::Planted outcome{std::string(planted.name), {}, {}};
    found = compare_file(file);
    for (const FamilyCount& one : counts) {
      if (!one.unwritten.empty())
        outcome.caught.push_back({one.id, static_cast<std::int64_t>(one.unwritten.size()), Finding::unwritten});
      else if (const Found& family = found[one.id]; family.mismatches > 0)
        outcome.caught.push_back({one.id, family.mismatches, family.finding()});
    }
    outcome.wrong = wrong_names(planted, outcome.caught, file);
    test.planted.push_back(std::move(outcome));
    ++done;
  }
  for (const char* operation : {"cublaslt.fp8.fast_accum", "cublaslt.fp8.split_accum"})
    test.trees.push_back({operation, library_tree(*emulator, operation, kTreeTerms)});
  return test;
}

std::string to_text(const SelfTest& test) {
  std::string text;
  std::int64_t results = 0;
  for (const SelfTest::Checked& one : test.families) {
    text += fmt::format("{:<4} {:>4} cases {:>8} results {:>6} mismatches  {}\n", one.family.id, one.family.cases,
                        one.family.results, one.mismatches, one.family.settles);
    results += one.family.results;
  }
  for (const SelfTest::Tree& tree : test.trees)
    text += fmt::format("{} sums {} terms as {}\n", tree.operation, kTreeTerms, tree.found);
  std::size_t named = 0;
  for (const SelfTest::Planted& one : test.planted) {
    std::vector<std::string> by;
    for (const SelfTest::Caught& caught : one.caught)
      by.push_back(fmt::format("{} ({} {})", caught.family, caught.mismatches, name(caught.finding)));
    text += by.empty() ? fmt::format("planted error not found: {}\n", one.error)
                       : fmt::format("planted error '{}' found by {}\n", one.error, fmt::join(by, ", "));
    for (const std::string& wrong : one.wrong) text += fmt::format("  not named for what it is: {}\n", wrong);
    if (!by.empty() && one.wrong.empty()) ++named;
  }
  text += fmt::format("self-test {}: {} families, {} results, {} of {} planted errors found and named\n",
                      test.passed() ? "passed" : "failed", test.families.size(), results, named, test.planted.size());
  return text;
}

}  // namespace octavo::experiments::capture
