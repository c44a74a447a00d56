// Other programs read a run file: h5py value by value, h5dump and h5ls without a complaint. Skipped where they are
// absent.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "experiments/store/runs/run_file.h"
#include "tests/experiments/store/runs/sample.h"
#include "tests/shared_data.h"

namespace octavo::experiments::store {
namespace {

/// Exit status and output, errors included, of a shell command.
std::pair<int, std::string> shell(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

std::string json(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? "\\n" : std::string(1, c);
  }
  return quoted + '"';
}
template <Worded E>
std::string json(E value) {
  return json(std::string(word(value)));
}
std::string json(double value) { return std::isinf(value) ? "Infinity" : fmt::format("{}", value); }
template <std::integral T>
std::string json(T value) {
  return std::to_string(value);
}

/// A JSON object or array built piece by piece.
class Json {
 public:
  explicit Json(char open) : text_(1, open), close_(open == '{' ? '}' : ']') {}
  Json& raw(const std::string& value) {
    text_ += text_.size() > 1 ? "," : "";
    text_ += value;
    return *this;
  }
  Json& set(const std::string& name, const auto& value) { return raw(json(name) + ":" + json(value)); }
  Json& set_raw(const std::string& name, const Json& value) { return raw(json(name) + ":" + value.text()); }
  std::string text() const { return text_ + close_; }

 private:
  std::string text_;
  char close_;
};

template <class T>
Json list(const std::vector<T>& values) {
  Json array('[');
  for (const T& value : values) array.raw(json(value));
  return array;
}

template <class Counts>
Json counts(const Counts& histogram) {
  Json object('{');
  for (std::size_t bin = 0; bin < histogram.size(); ++bin)
    if (histogram[bin] != 0) object.set(std::to_string(bin), histogram[bin]);
  return object;
}

template <class Row>
Json rows(const std::vector<Row>& table) {
  Json array('[');
  for (const Row& row : table) {
    Json object('{');
    Row::visit(row, [&](const char* name, const auto& value) { object.set(name, value); });
    array.raw(object.text());
  }
  return array;
}

Json tensor(const TensorRecord& record) {
  return Json('{')
      .set("index", record.index)
      .set("bias", record.bias)
      .set("scale", record.scale)
      .set("amax", record.amax)
      .set("snr_db", record.snr_db)
      .set("underflow_fraction", record.underflow_fraction)
      .set("overflow_fraction", record.overflow_fraction)
      .set("elements", record.elements)
      .set("cast", static_cast<int>(record.cast))
      .set_raw("bias_histogram", counts(record.bias_histogram))
      .set_raw("exponent_histogram", counts(record.exponent_histogram));
}

Json run_as_json(const store::Run& run) {
  Json attributes('{');
  attributes.set("policy", run.policy).set("scope", run.scope);
  attributes.set("target", run.target).set("role", run.role);
  attributes.set("weight_bias", run.weight_bias).set("activation_bias", run.activation_bias);
  attributes.set("bias", run.bias).set("micro_batches", run.micro_batches);
  Json tensors('[');
  for (const TensorRecord& record : run.tensors) tensors.raw(tensor(record).text());
  return Json('{')
      .set_raw("attributes", attributes)
      .set("loss", run.loss)
      .set("accuracy", run.accuracy)
      .set_raw("token_loss", list(run.token_loss))
      .set_raw("token_correct", list(run.token_correct))
      .set_raw("token_kl", list(run.token_kl))
      .set_raw("token_agrees", list(run.token_agrees))
      .set_raw("tensors", tensors);
}

/// The names are spelled out as docs/hdf5-schema.md has them, not taken from the program.
Json attributes_as_json(const Header& h) {
  Json attributes('{');
  attributes.set("schema", std::string("octavo-runs")).set("schema_version", 2).set("experiment", h.experiment);
  attributes.set("program_version", h.program_version).set("git_commit", h.git_commit).set("compiler", h.compiler);
  attributes.set("compiler_flags", h.compiler_flags).set("command", h.command).set("seed", h.seed);
  attributes.set("engine", h.engine).set("model_name", h.model_name).set("model_bytes", h.model_bytes);
  attributes.set("model_header_sha256", h.model_header_sha256).set("model_family", h.model_family);
  attributes.set("model_layers", h.model_layers).set("model_parameters", h.model_parameters);
  attributes.set("text_name", h.text_name).set("text_bytes", h.text_bytes).set("text_sha256", h.text_sha256);
  attributes.set("context", h.context).set("batch", h.batch).set("tokens", h.tokens);
  return attributes.set("fingerprint", h.fingerprint);
}

class Programs : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<store::Run> runs;
    for (int point = 0; point < kPoints; ++point) runs.push_back(sample_run(point));
    write_file(path_, Existing::refuse, sample_header(), sample_axis(), runs,
               Tables(sample_sweep(kPoints), sample_interval()));
  }

  static constexpr int kPoints = 4;
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "runs.h5";
};

TEST_F(Programs, H5pyFindsEveryValueTypeAndScale) {
  const char* chosen = std::getenv("OCTAVO_PYTHON");
  const std::string python = chosen != nullptr ? chosen : "/usr/bin/python3";
  if (shell(python + " -c 'import h5py'").first != 0) GTEST_SKIP() << python << " has no h5py";
  Json names('{');
  std::vector<std::string> name;
  std::vector<std::string> kind;
  std::vector<scaling::Role> role;
  std::vector<std::int32_t> layer;
  for (const TensorName& entry : sample_axis()) {
    name.push_back(entry.name);
    kind.push_back(entry.kind);
    role.push_back(entry.role);
    layer.push_back(entry.layer);
  }
  names.set_raw("name", list(name)).set_raw("kind", list(kind)).set_raw("role", list(role));
  names.set_raw("layer", list(layer));
  Json runs('[');
  for (int point = 0; point < kPoints; ++point) runs.raw(run_as_json(sample_run(point)).text());
  Json tables('{');
  tables.set_raw("sweep", rows(sample_sweep(kPoints))).set_raw("interval", rows(sample_interval()));
  Json expected('{');
  const Header header = sample_header();
  expected.set_raw("attributes", attributes_as_json(header));
  expected.set_raw("config", Json('{').set("recipe_name", header.recipe_name).set("recipe", header.recipe));
  expected.set_raw("tensors", names).set_raw("runs", runs).set_raw("tables", tables);
  write_bytes(folder_ / "expected.json", expected.text());
  const auto [status, output] = shell(fmt::format("{} {}/tests/experiments/store/runs/read_with_h5py.py {} {}", python,
                                                  OCTAVO_SOURCE, path_.string(), (folder_ / "expected.json").string()));
  EXPECT_EQ(status, 0) << output;
  EXPECT_EQ(output, "h5py agrees\n");
}

TEST_F(Programs, H5dumpAndH5lsReadIt) {
  if (shell("h5dump --version").first != 0 || shell("h5ls --version").first != 0)
    GTEST_SKIP() << "needs h5dump and h5ls (hdf5-tools)";
  const auto [status, output] = shell("h5dump -a /schema -d /runs/1/tensors/elements " + path_.string());
  EXPECT_EQ(status, 0) << output;
  EXPECT_THAT(output, testing::AllOf(testing::HasSubstr("\"octavo-runs\""), testing::HasSubstr("1099511627845")));
  const auto [dumped, everything] = shell("h5dump " + path_.string());
  EXPECT_EQ(dumped, 0);
  EXPECT_THAT(everything, testing::Not(testing::HasSubstr("h5dump error")));
  const auto [listed, listing] = shell("h5ls -r -v " + path_.string());
  EXPECT_EQ(listed, 0);
  EXPECT_THAT(listing,
              testing::AllOf(testing::HasSubstr("/runs/3/tensors/bias_histogram Dataset {1/1, 24/24, 255/255}"),
                             testing::Not(testing::HasSubstr("Modified:"))))
      << "an object carries a time stamp";
}

}  // namespace
}  // namespace octavo::experiments::store
