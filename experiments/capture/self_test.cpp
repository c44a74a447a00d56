// The self-test.
#include "experiments/capture/self_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>

#include <algorithm>
#include <map>

#include "experiments/capture/planted_error.h"
#include "experiments/replay/compare.h"
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

/// Mismatches by family of a recorded file.
std::map<std::string, std::int64_t> mismatches_in(const std::filesystem::path& file) {
  std::map<std::string, std::int64_t> mismatches;
  const CompareFlags flags{.engine = {}, .differences = 0};
  for (const store::Case& one : read_case_file(file))
    mismatches[family_of(one.id)] += compare_case(file.filename().string(), one, flags).mismatches;
  return mismatches;
}

constexpr int kTreeTerms = 256;
constexpr const char* kFurtherTargets[]{"sm89", "sm100", "sm120"};

}  // namespace

bool SelfTest::passed() const {
  return std::ranges::all_of(families,
                             [](const Checked& one) { return one.mismatches == 0 && one.family.results > 0; }) &&
         std::ranges::none_of(planted, [](const Planted& one) { return one.caught_by.empty(); });
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
  std::map<std::string, std::int64_t> mismatches = mismatches_in(file);
  for (const char* target : kFurtherTargets) {
    Request further = request;
    further.target = target;
    const std::unique_ptr<Executor> other = make_emulator(target);
    const FamilyCount one =
        capture(*other, families({"M"}), further, file, false, [](double, const std::string&) {}).front();
    const auto found = std::ranges::find(counts, one.id, &FamilyCount::id);
    found->cases += one.cases;
    found->results += one.results;
    mismatches[one.id] += mismatches_in(file)[one.id];
  }
  for (FamilyCount& one : counts) test.families.push_back({one, mismatches[one.id]});

  double done = 1;
  for (const NamedError& planted : planted_errors()) {
    const std::unique_ptr<Executor> wrong = make_planted(planted.error);
    capture(*wrong, families(), request, file, false,
            [&](double share, const std::string&) { progress((done + share) / runs, std::string(planted.name)); });
    SelfTest::Planted caught{std::string(planted.name), {}};
    const std::map<std::string, std::int64_t> found = mismatches_in(file);
    for (const Family& family : families()) {
      const auto entry = found.find(std::string(family.id));
      if (entry != found.end() && entry->second > 0)
        caught.caught_by.push_back(fmt::format("{} ({})", family.id, entry->second));
    }
    test.planted.push_back(std::move(caught));
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
  std::size_t caught = 0;
  for (const SelfTest::Planted& one : test.planted) {
    if (!one.caught_by.empty()) ++caught;
    text += one.caught_by.empty()
                ? fmt::format("planted error not found: {}\n", one.error)
                : fmt::format("planted error '{}' found by {}\n", one.error, fmt::join(one.caught_by, ", "));
  }
  text += fmt::format("self-test {}: {} families, {} results, {} of {} planted errors found\n",
                      test.passed() ? "passed" : "failed", test.families.size(), results, caught, test.planted.size());
  return text;
}

}  // namespace octavo::experiments::capture
