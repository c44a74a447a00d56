// Casting the tensors of a file.
#include "experiments/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <string_view>

#include "experiments/recorder.h"
#include "experiments/store/provenance.h"
#include "formats/catalog.h"
#include "formats/error.h"
#include "formats/nearest.h"
#include "scaling/recipe.h"
#include "sim/model/npy.h"
#include "sim/model/printable.h"
#include "sim/model/safetensors.h"
#include "sim/model/tensor.h"
#include "sim/nn/linear.h"

namespace octavo::experiments {
namespace {

using sim::model::printable;
using sim::model::TensorInfo;

constexpr std::size_t kLongestName = 1000;  // run files hold names in columns of fixed width

/// A format or scaling with the name that results carry.
template <class T>
struct Named {
  std::string name;
  T value;
};

Named<formats::Spec> parse_format(const std::string& text) {
  const formats::Spec spec = formats::spec(text);
  if (spec.bits() > 8) throw Error(fmt::format("--format {}: it has {} bits; casts take at most 8", text, spec.bits()));
  if (!spec.has_sign || !spec.has_zero)
    throw Error(fmt::format("--format {}: it holds scales, not tensors; try e4m3", text));
  return {formats::name(spec), spec};
}

Named<scaling::Policy> parse_scaling(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string policy = text.substr(0, colon);
  const std::string_view argument = colon == text.npos ? std::string_view{} : std::string_view(text).substr(colon + 1);
  constexpr std::array<std::string_view, 2> policies{"amax", "cscale"};
  if (std::find(policies.begin(), policies.end(), policy) == policies.end())
    throw Error(fmt::format("--scaling {}: unknown; did you mean {}? Give amax, amax:MARGIN or cscale:BIAS",
                            printable(text), formats::nearest(policy, policies)));
  if (text == "amax") return {text, scaling::Amax{}};
  const bool amax = policy == "amax";
  const int low = amax ? 0 : -scaling::kBiasLimit;
  int value = 0;
  const auto [stop, failure] = std::from_chars(argument.data(), argument.data() + argument.size(), value);
  if (failure != std::errc() || stop != argument.data() + argument.size() || value < low || value > scaling::kBiasLimit)
    throw Error(fmt::format("--scaling {}: give {}, an integer from {} to {}, such as {}", printable(text),
                            amax ? "amax:MARGIN" : "cscale:BIAS", low, scaling::kBiasLimit,
                            amax ? "amax:1" : "cscale:-3"));
  if (amax) return {value == 0 ? "amax" : fmt::format("amax:{}", value), scaling::Amax{value}};
  return {fmt::format("cscale:{}", value), scaling::Cscale{value}};
}

/// The tensors that `pattern` names.
std::vector<const TensorInfo*> select(const sim::model::TensorFile& file, const std::string& pattern) {
  const std::vector<TensorInfo>& all = file.tensors();
  if (all.empty()) throw Error(fmt::format("{} holds no tensor", printable(file.name())));
  if (pattern.empty() && all.size() > 1)
    throw Error(
        fmt::format("{} holds {} tensors; give --tensor NAME (* matches any characters), --list shows the names",
                    printable(file.name()), all.size()));
  std::vector<const TensorInfo*> found;
  for (const TensorInfo& info : all)
    if (pattern.empty() || scaling::matches(pattern, info.name)) found.push_back(&info);
  if (found.empty()) {
    std::vector<std::string_view> names;
    for (const TensorInfo& info : all) names.push_back(std::string_view(info.name).substr(0, kLongestName));
    throw Error(fmt::format("{} holds no tensor {}; did you mean {}? --list shows the names", printable(file.name()),
                            printable(pattern), printable(formats::nearest(pattern, names))));
  }
  for (const TensorInfo* info : found)
    if (info->name.size() > kLongestName || info->name.find('\0') != std::string::npos)
      throw Error(
          fmt::format("{}: tensor {} has a name that cannot be recorded (of more than {} bytes, or with a zero "
                      "byte); choose others with --tensor",
                      printable(file.name()), printable(info->name), kLongestName));
  return found;
}

/// Of `elements`, none if there are none.
double fraction(std::uint64_t count, std::uint64_t elements) {
  return elements == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(elements);
}

store::TensorRecord record_of(std::int32_t index, const sim::nn::CastOutcome& outcome) {
  store::TensorRecord record;
  record.index = index;
  record.bias = outcome.bias;
  record.scale = static_cast<float>(std::ldexp(1.0, outcome.bias));
  record.amax = outcome.amax.value;
  record.snr_db = snr_db(outcome.statistics);
  record.elements = outcome.statistics.count;
  record.underflow_fraction = fraction(outcome.statistics.underflow, record.elements);
  record.overflow_fraction = fraction(outcome.statistics.overflow, record.elements);
  record.bias_histogram[static_cast<std::size_t>(outcome.bias + store::kBiasLimit)] = 1;
  record.exponent_histogram = outcome.exponents;
  return record;
}

store::Header header_of(const TensorSource& source, const std::string& command) {
  store::Header header;
  header.experiment = "quantize";
  header.command = command;
  header.engine = "none: casts only";
  header.model_name = source.name;
  header.model_bytes = source.size;
  header.model_header_sha256 = source.header_sha256;
  for (const TensorInfo& info : source.tensors->tensors())
    header.model_parameters += sim::model::element_count(info.shape).value();
  header.recipe_name = "none";
  const std::vector<std::string> decisive{
      header.model_name, std::to_string(header.model_bytes),    header.model_header_sha256,
      command,           std::to_string(store::kSchemaVersion), header.program_version,
      header.git_commit};
  header.fingerprint = store::fingerprint(decisive);
  return header;
}

}  // namespace

TensorSource open_tensors(const std::filesystem::path& path) {
  TensorSource source;
  source.name = path.filename().string();
  const std::filesystem::path extension = path.extension();
  if (extension == ".npy") {
    auto file = std::make_shared<sim::model::Npy>(sim::model::map_file(path));
    source.size = file->tensors().front().end;
    source.header_sha256 = store::sha256(file->header());
    source.tensors = std::move(file);
  } else if (extension == ".safetensors" || extension == ".json") {
    auto file = std::make_shared<sim::model::Safetensors>(sim::model::Safetensors::open(path));
    source.size = file->size();
    source.header_sha256 = store::sha256(std::as_bytes(std::span(file->header())));
    source.tensors = std::move(file);
  } else {
    throw Error(
        fmt::format("{}: neither .npy nor .safetensors; save the tensor with numpy.save", printable(path.string())));
  }
  return source;
}

QuantizeResult quantize(const TensorSource& source, const QuantizeFlags& flags, const std::string& command,
                        const std::function<void(double, const std::string&)>& progress) {
  if (flags.formats.empty()) throw Error("--format is missing; give one or more, such as --format e4m3,e5m2");
  if (flags.scalings.empty()) throw Error("--scaling is missing; give one or more, such as --scaling amax,cscale:-3");
  std::vector<Named<formats::Spec>> formats;
  std::vector<Named<scaling::Policy>> scalings;
  for (const std::string& text : flags.formats) formats.push_back(parse_format(text));
  for (const std::string& text : flags.scalings) scalings.push_back(parse_scaling(text));
  const std::vector<const TensorInfo*> selected = select(*source.tensors, flags.tensor);

  QuantizeResult result;
  result.header = header_of(source, command);
  for (const TensorInfo* info : selected) {
    const auto index = static_cast<std::int32_t>(result.axis.size());
    progress(fraction(result.axis.size(), selected.size()), printable(info->name));
    result.axis.push_back({info->name, -1, "", "weight"});
    const sim::model::Tensor tensor = source.tensors->load(info->name);
    for (const auto& format : formats)
      for (const auto& policy : scalings) {
        const auto outcome = sim::nn::cast(tensor.values, {format.value, policy.value}, true).outcome;
        const store::TensorRecord record = record_of(index, *outcome);
        store::Run run;
        run.policy = "quantize";
        run.role = "weight";
        if (!scaling::needs_observation(policy.value)) run.bias = record.bias;
        run.micro_batches = 1;
        run.tensors = {record};
        const auto number = static_cast<std::int32_t>(result.runs.size());
        result.rows.push_back({info->name, format.name, policy.name, record.bias, record.amax, record.snr_db,
                               record.underflow_fraction, record.overflow_fraction, record.elements, number});
        result.runs.push_back(std::move(run));
        result.non_finite.push_back(outcome->exponents.back());
      }
  }
  return result;
}

}  // namespace octavo::experiments
