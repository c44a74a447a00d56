// Casting the tensors of a file.
#include "experiments/tensors/quantize.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "experiments/evaluation/recorder.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/tensors/cast/cast_tensor.h"
#include "experiments/tensors/cast/named_cast.h"
#include "formats/rounding_names.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "scaling/cast.h"
#include "sim/file/tensor.h"
#include "sim/nn/elementwise/elementary.h"

namespace octavo::experiments {
namespace {

using sim::file::TensorInfo;

constexpr double kDecibelsPerBit = 6.0205999132796239;  // 20 log10(2): a bit halves the error

/// Of `elements`, none if there are none.
double fraction(std::uint64_t count, std::uint64_t elements) {
  return elements == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(elements);
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
  record.nan = outcome.statistics.nan;
  record.infinite = outcome.infinite();
  record.without_bias = outcome.without_bias;
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
                          const Measured& measured) {
  store::QuantizeRow row;
  row.tensor = tensor;
  row.format = named.format;
  row.scaling = named.scaling;
  row.bias = record.bias;
  row.amax = record.nan > 0 && record.nan == record.elements ? std::numeric_limits<double>::quiet_NaN() : measured.amax;
  row.snr_db = record.snr_db;
  row.underflow_fraction = record.underflow_fraction;
  row.overflow_fraction = record.overflow_fraction;
  row.elements = record.elements;
  row.scale = static_cast<double>(record.scale);
  row.blocks = measured.outcome.blocks;
  row.bits_per_element =
      named.cast.format.bits() + fraction(scaling::scale_bits(named.cast.scaling, row.blocks), record.elements);
  row.effective_bits = record.snr_db / kDecibelsPerBit;
  row.code_entropy_bits = entropy(record.code_histogram, record.elements);
  row.codes_used = static_cast<std::int32_t>(std::count_if(record.code_histogram.begin(), record.code_histogram.end(),
                                                           [](std::uint64_t n) { return n != 0; }));
  std::uint64_t saturated = 0;  // codes of the largest value, of either sign
  const std::uint32_t largest = named.cast.format.max_code();
  for (const std::uint32_t code : {largest, named.cast.format.with_sign(largest)})
    saturated += record.code_histogram[code];
  row.saturated_fraction = fraction(saturated, record.elements);
  row.nan_scales = measured.outcome.nan_scales;
  row.rounding = formats::name(named.cast.rounding);
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
  for (const TensorInfo& info : source.file->tensors())
    header.model_parameters += sim::file::element_count(info.shape).value();
  header.recipe_name = "none";
  header.fingerprint = store::fingerprint(header, {command});
  return header;
}

/// Which dimension is K: it decides what rows, columns and blocks are.
bool k_is_first(const TensorSource& source, const TensorInfo& info, const QuantizeFlags& flags) {
  if (flags.transposed && info.shape.size() > 2)
    throw Error(fmt::format("--transposed: tensor {} has {} dimensions; only matrices are stored [K, N]",
                            messages::printable(info.name), info.shape.size()));
  return info.shape.size() == 2 && (flags.transposed || source.is_conv1d(info));
}

/// A line on the dimension taken for K, if some cast depends on it.
std::string note_on_k(const std::vector<NamedCast>& casts, const std::vector<std::string>& k_first, std::size_t tensors,
                      bool asked) {
  const bool matters = std::any_of(casts.begin(), casts.end(),
                                   [](const NamedCast& named) { return !named.cast.granularity.is_tensor(); });
  if (!matters) return {};
  if (k_first.empty()) return "rows and blocks run along the last dimension, taken for K; --transposed takes [K, N]";
  return fmt::format("K is the first dimension of {}{} ({}){}", messages::printable(k_first.front()),
                     k_first.size() > 1 ? fmt::format(" and {} more", k_first.size() - 1) : "",
                     asked ? "--transposed" : "Conv1D by config.json, which stores [K, N]",
                     k_first.size() < tensors ? ", the last one of the others" : "");
}

}  // namespace

QuantizeResult quantize(const TensorSource& source, const QuantizeFlags& flags, const std::string& command,
                        const std::function<void(double, const std::string&)>& progress) {
  std::vector<NamedCast> casts = casts_of(flags.formats, flags.scalings);
  const std::optional<formats::Rounding> rounding = formats::rounding_named(flags.rounding);
  if (!rounding)
    throw Error(fmt::format("--rounding {}: give one of {}", messages::printable(flags.rounding),
                            fmt::join(formats::kRoundings, ", ")));
  for (NamedCast& named : casts) named.cast.rounding = *rounding;
  QuantizeResult result;
  result.notes = source.notes;
  const std::vector<const TensorInfo*> selected = select(source, flags.tensor, result.notes);
  if (!flags.codes.empty()) check_codes_file(flags.codes, selected.size(), casts.size());
  std::vector<std::string> k_first;
  result.header = header_of(source, command);
  for (const TensorInfo* info : selected) {
    const auto index = static_cast<std::int32_t>(result.axis.size());
    const std::string shown = messages::printable(info->name);
    progress(fraction(result.axis.size(), selected.size()), shown);
    result.axis.push_back({info->name, -1, "", scaling::Role::weight});
    const bool first = k_is_first(source, *info, flags);
    if (first) k_first.push_back(info->name);
    const CastInput input = load_for_cast(*source.tensors, *info, first);
    if (!flags.codes.empty() && input.floats.values.empty())
      throw Error(fmt::format("--codes {}: tensor {} has no elements; leave it out with --tensor", flags.codes.string(),
                              shown));
    for (std::size_t i = 0; i < casts.size(); ++i) {
      const NamedCast& named = casts[i];
      progress((static_cast<double>(index) + fraction(i, casts.size())) / static_cast<double>(selected.size()),
               fmt::format("{} as {}", shown, named.format));
      Codes kept;
      const Measured measured =
          measure(input, named.cast,
                  {.seed = static_cast<std::uint64_t>(flags.seed), .tensor = static_cast<std::uint32_t>(index)},
                  flags.codes.empty() ? nullptr : &kept);
      if (!flags.codes.empty())
        result.codes.push_back({info->name, named.cast.format, named.scaling, input.floats.shape, std::move(kept)});
      const store::TensorRecord record = record_of(index, measured);
      store::Run run;
      run.policy = store::Policy::quantize;
      run.role = store::Tested::weight;
      if (scaling::needs(named.cast.scaling) == scaling::Needs::nothing) run.bias = record.bias;
      run.micro_batches = 1;
      run.tensors = {record};
      result.rows.push_back(row_of(info->name, named, record, measured));
      result.rows.back().run = static_cast<std::int32_t>(result.runs.size());
      result.runs.push_back(std::move(run));
      result.non_finite.push_back(measured.outcome.exponents.back());
      result.k_dimension.push_back(first || info->shape.empty() ? 0 : static_cast<int>(info->shape.size()) - 1);
    }
  }
  if (*rounding == formats::Rounding::stochastic)
    result.notes.push_back(fmt::format("rounding: stochastic, seed {}", flags.seed));
  else if (*rounding != formats::Rounding::nearest_even)
    result.notes.push_back(fmt::format("rounding: {}", flags.rounding));
  std::string note = note_on_k(casts, k_first, selected.size(), flags.transposed);
  if (!note.empty()) result.notes.push_back(std::move(note));
  return result;
}

}  // namespace octavo::experiments
