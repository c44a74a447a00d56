// Casting the tensors of a file.
#include "experiments/tensors/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "experiments/evaluation/recorder.h"
#include "experiments/store/provenance.h"
#include "experiments/store/runs/fingerprint.h"
#include "formats/block.h"
#include "formats/catalog.h"
#include "messages/error.h"
#include "messages/nearest.h"
#include "messages/printable.h"
#include "scaling/cast.h"
#include "scaling/recipe/policy_text.h"
#include "scaling/recipe/recipe.h"
#include "sim/file/npy.h"
#include "sim/file/safetensors/safetensors.h"
#include "sim/file/tensor.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments {
namespace {

using sim::file::TensorInfo;

constexpr std::size_t kLongestName = 1000;              // run files hold names in columns of fixed width
constexpr double kDecibelsPerBit = 6.0205999132796239;  // 20 log10(2): a bit halves the error

/// A cast with the names that results carry.
struct NamedCast {
  std::string format;
  std::string scaling;
  scaling::Cast cast;
};

formats::Spec parse_format(const std::string& text) {
  const formats::Spec spec = formats::spec(text);
  if (spec.bits() > 8) throw Error(fmt::format("--format {}: it has {} bits; casts take at most 8", text, spec.bits()));
  if (!spec.has_sign || !spec.has_zero)
    throw Error(fmt::format("--format {}: it holds scales, not tensors; try e4m3", text));
  return spec;
}

/// Each format under each scaling; a block format brings its own.
std::vector<NamedCast> casts_of(const QuantizeFlags& flags) {
  if (flags.formats.empty()) throw Error("--format is missing; give one or more, such as --format e4m3,e5m2");
  std::vector<scaling::Scaling> scalings;
  for (const std::string& text : flags.scalings)
    scalings.push_back(scaling::parse_scaling(text, "--scaling " + messages::printable(text)));
  std::vector<NamedCast> casts;
  for (const std::string& text : flags.formats) {
    const auto blocks = formats::block_catalog();
    const auto block =
        std::find_if(blocks.begin(), blocks.end(), [&](const auto& entry) { return entry.name == text; });
    if (block != blocks.end()) {
      const scaling::Cast cast = scaling::cast_of(block->format);
      casts.push_back({text, scaling::to_text(scaling::Scaling{cast.scaling, cast.granularity}), cast});
      continue;
    }
    const formats::Spec format = parse_format(text);
    if (scalings.empty())
      throw Error("--scaling is missing; give one or more, such as --scaling amax,cscale:-3; forms: " +
                  std::string(scaling::scaling_forms()));
    for (const scaling::Scaling& scaling : scalings)
      casts.push_back(
          {formats::name(format), scaling::to_text(scaling), {format, scaling.policy, scaling.granularity}});
  }
  return casts;
}

/// The tensors that `pattern` names.
std::vector<const TensorInfo*> select(const sim::file::TensorFile& file, const std::string& pattern) {
  const std::vector<TensorInfo>& all = file.tensors();
  if (all.empty()) throw Error(fmt::format("{} holds no tensor", messages::printable(file.name())));
  if (pattern.empty() && all.size() > 1)
    throw Error(
        fmt::format("{} holds {} tensors; give --tensor NAME (* matches any characters), --list shows the names",
                    messages::printable(file.name()), all.size()));
  std::vector<const TensorInfo*> found;
  for (const TensorInfo& info : all)
    if (pattern.empty() || scaling::matches(pattern, info.name)) found.push_back(&info);
  if (found.empty()) {
    std::vector<std::string_view> names;
    for (const TensorInfo& info : all) names.push_back(std::string_view(info.name).substr(0, kLongestName));
    throw Error(fmt::format("{} holds no tensor {}; did you mean {}? --list shows the names",
                            messages::printable(file.name()), messages::printable(pattern),
                            messages::printable(messages::nearest(pattern, names))));
  }
  for (const TensorInfo* info : found)
    if (info->name.size() > kLongestName || info->name.find('\0') != std::string::npos)
      throw Error(
          fmt::format("{}: tensor {} has a name that cannot be recorded (of more than {} bytes, or with a zero "
                      "byte); choose others with --tensor",
                      messages::printable(file.name()), messages::printable(info->name), kLongestName));
  return found;
}

/// Of `elements`, none if there are none.
double fraction(std::uint64_t count, std::uint64_t elements) {
  return elements == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(elements);
}

struct Measured {
  scaling::CastOutcome outcome;
  std::vector<std::uint64_t> codes;
};

void add(const scaling::CastTensor& part, std::size_t elements, Measured& whole) {
  const scaling::CastOutcome& outcome = *part.outcome;
  whole.outcome.scale = outcome.scale;
  whole.outcome.blocks += outcome.blocks;
  whole.outcome.amax += outcome.amax;
  whole.outcome.statistics += outcome.statistics;
  for (std::size_t i = 0; i < outcome.exponents.size(); ++i) whole.outcome.exponents[i] += outcome.exponents[i];
  for (std::size_t i = 0; i < outcome.biases.size(); ++i) whole.outcome.biases[i] += outcome.biases[i];
  for (std::size_t i = 0; i < elements; ++i) ++whole.codes[part.codes[i]];
}

/// For a policy with a history, the first of two or more dimensions is time: each slice is cast under the scale that
/// those before it led to.
Measured measure(const sim::file::Tensor& tensor, const scaling::Cast& cast) {
  const std::span<const float> values = tensor.values;
  const bool steps = scaling::has_history(cast.scaling) && tensor.shape.size() > 1 && !values.empty();
  const std::size_t slices = steps ? static_cast<std::size_t>(tensor.shape.front()) : 1;
  const std::int64_t columns = tensor.shape.empty() ? 1 : std::max<std::int64_t>(1, tensor.shape.back());
  const std::size_t size = values.size() / slices;
  Measured result;
  result.codes.resize(store::kCodeBins);
  scaling::AmaxHistory past;
  for (std::size_t slice = 0; slice < slices; ++slice)
    add(scaling::cast(values.subspan(slice * size, size), columns, cast, true, &past), size, result);
  return result;
}

store::TensorRecord record_of(std::int32_t index, const Measured& measured) {
  const scaling::CastOutcome& outcome = measured.outcome;
  store::TensorRecord record;
  record.index = index;
  record.bias_histogram = outcome.biases;
  record.bias = mode(record.bias_histogram);
  record.scale = outcome.scale.factor;
  record.amax = outcome.amax.value;
  record.snr_db = snr_db(outcome.statistics);
  record.elements = outcome.statistics.count;
  record.underflow_fraction = fraction(outcome.statistics.underflow, record.elements);
  record.overflow_fraction = fraction(outcome.statistics.overflow, record.elements);
  record.exponent_histogram = outcome.exponents;
  record.code_histogram = measured.codes;
  return record;
}

/// Shannon entropy, in bits.
double entropy(const std::vector<std::uint64_t>& counts, std::uint64_t total) {
  constexpr double kLn2 = 0.693147180559945309;
  double sum = 0.0;
  for (const std::uint64_t count : counts)
    if (count != 0) sum -= fraction(count, total) * sim::nn::log(fraction(count, total)) / kLn2;
  return sum + 0.0;
}

store::QuantizeRow row_of(const std::string& tensor, const NamedCast& named, const store::TensorRecord& record,
                          std::uint64_t blocks) {
  store::QuantizeRow row;
  row.tensor = tensor;
  row.format = named.format;
  row.scaling = named.scaling;
  row.bias = record.bias;
  row.amax = static_cast<double>(record.amax);
  row.snr_db = record.snr_db;
  row.underflow_fraction = record.underflow_fraction;
  row.overflow_fraction = record.overflow_fraction;
  row.elements = record.elements;
  row.scale = static_cast<double>(record.scale);
  row.blocks = blocks;
  row.bits_per_element =
      named.cast.format.bits() + fraction(scaling::scale_bits(named.cast.scaling, blocks), record.elements);
  row.effective_bits = record.snr_db / kDecibelsPerBit;
  row.code_entropy_bits = entropy(record.code_histogram, record.elements);
  row.codes_used = static_cast<std::int32_t>(std::count_if(record.code_histogram.begin(), record.code_histogram.end(),
                                                           [](std::uint64_t n) { return n != 0; }));
  return row;
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
    header.model_parameters += sim::file::element_count(info.shape).value();
  header.recipe_name = "none";
  header.fingerprint = store::fingerprint(header, {command});
  return header;
}

}  // namespace

TensorSource open_tensors(const std::filesystem::path& path) {
  TensorSource source;
  source.name = path.filename().string();
  const std::filesystem::path extension = path.extension();
  if (extension == ".npy") {
    auto file = std::make_shared<sim::file::Npy>(sim::file::map_file(path));
    source.size = file->tensors().front().end;
    source.header_sha256 = store::sha256(file->header());
    source.tensors = std::move(file);
  } else if (extension == ".safetensors" || extension == ".json") {
    auto file = std::make_shared<sim::file::Safetensors>(sim::file::Safetensors::open(path));
    source.size = file->size();
    source.header_sha256 = store::sha256(std::as_bytes(std::span(file->header())));
    source.tensors = std::move(file);
  } else {
    throw Error(fmt::format("{}: neither .npy nor .safetensors; save the tensor with numpy.save",
                            messages::printable(path.string())));
  }
  return source;
}

QuantizeResult quantize(const TensorSource& source, const QuantizeFlags& flags, const std::string& command,
                        const std::function<void(double, const std::string&)>& progress) {
  const std::vector<NamedCast> casts = casts_of(flags);
  const std::vector<const TensorInfo*> selected = select(*source.tensors, flags.tensor);

  QuantizeResult result;
  result.header = header_of(source, command);
  for (const TensorInfo* info : selected) {
    const auto index = static_cast<std::int32_t>(result.axis.size());
    progress(fraction(result.axis.size(), selected.size()), messages::printable(info->name));
    result.axis.push_back({info->name, -1, "", scaling::Role::weight});
    const sim::file::Tensor tensor = source.tensors->load(info->name);
    for (const NamedCast& named : casts) {
      const Measured measured = measure(tensor, named.cast);
      const store::TensorRecord record = record_of(index, measured);
      store::Run run;
      run.policy = store::Policy::quantize;
      run.role = store::Tested::weight;
      if (scaling::needs(named.cast.scaling) == scaling::Needs::nothing) run.bias = record.bias;
      run.micro_batches = 1;
      run.tensors = {record};
      result.rows.push_back(row_of(info->name, named, record, measured.outcome.blocks));
      result.rows.back().run = static_cast<std::int32_t>(result.runs.size());
      result.runs.push_back(std::move(run));
      result.non_finite.push_back(measured.outcome.exponents.back());
    }
  }
  return result;
}

}  // namespace octavo::experiments
