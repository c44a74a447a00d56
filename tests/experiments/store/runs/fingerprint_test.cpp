// Fingerprints: every field that decides a run changes them, and nothing else does.
#include "experiments/store/runs/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/experiments/store/runs/sample.h"

namespace octavo::experiments::store {
namespace {

TEST(Fingerprint, ChangesWithEverythingThatDecides) {
  std::set<std::string> found{fingerprint(sample_header(), {"octavo sweep"})};
  const auto differs = [&](const char* what, auto change) {
    Header header = sample_header();
    change(header);
    EXPECT_TRUE(found.insert(fingerprint(header, {"octavo sweep"})).second) << what;
  };
  differs("experiment", [](Header& h) { h.experiment = "eval"; });
  differs("seed", [](Header& h) { h.seed = 1; });
  differs("engine", [](Header& h) { h.engine = "another"; });
  differs("recipe", [](Header& h) { h.recipe += '\n'; });
  differs("model_name", [](Header& h) { h.model_name = "another.bin"; });
  differs("model_bytes", [](Header& h) { ++h.model_bytes; });
  differs("model_header_sha256", [](Header& h) { h.model_header_sha256.back() ^= 1; });
  differs("text_name", [](Header& h) { h.text_name = "another.txt"; });
  differs("text_sha256", [](Header& h) { h.text_sha256.back() ^= 1; });
  differs("context", [](Header& h) { ++h.context; });
  differs("batch", [](Header& h) { ++h.batch; });
  differs("tokens", [](Header& h) { ++h.tokens; });
  EXPECT_TRUE(found.insert(fingerprint(sample_header(), {"octavo sweep", ""})).second);
  EXPECT_TRUE(found.insert(fingerprint(sample_header(), {"octavo eval"})).second);
  EXPECT_TRUE(found.insert(fingerprint({"octavo sweep"})).second);
}

TEST(Fingerprint, StaysWhereNothingDecides) {
  Header header = sample_header();
  header.command = "octavo sweep with another name of the same file";
  header.compiler = "another";
  header.fingerprint.clear();
  EXPECT_EQ(fingerprint(header, {"a"}), fingerprint(sample_header(), {"a"}));
  EXPECT_EQ(fingerprint({"a", "b"}), fingerprint({"a", "b"}));
}

}  // namespace
}  // namespace octavo::experiments::store
