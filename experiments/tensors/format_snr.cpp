// Curves and policies over sources.
#include "experiments/tensors/format_snr.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <span>

#include "experiments/evaluation/recorder.h"
#include "experiments/evaluation/scoring.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/tensors/random_tensors.h"
#include "formats/block.h"
#include "formats/catalog.h"
#include "messages/error.h"
#include "scaling/cast.h"
#include "scaling/recipe/policy_text.h"

namespace octavo::experiments {
namespace {

using sim::model::Kind;
using sim::nn::LinearTensor;

constexpr std::array kUsualFormats{"e4m3",       "e5m2",       "e4m3fnuz", "e5m2fnuz", "e3m4", "int8",
                                   "mxfp8-e4m3", "mxfp8-e5m2", "mxint8",   "mxfp4",    "nvfp4"};
constexpr std::array kOutliers{10.0F, 30.0F, 100.0F, 300.0F};

/// A cast with the names of its rows.
struct NamedCast {
  std::string format;
  std::string scaling;
  scaling::Cast cast;
};

struct Casts {
  std::vector<NamedCast> curves;    ///< plain formats, under a constant scale yet to be put in
  std::vector<NamedCast> policies;  ///< what chooses its scale
};

Casts casts_of(std::vector<std::string> formats) {
  if (formats.empty()) formats.assign(kUsualFormats.begin(), kUsualFormats.end());
  Casts result;
  for (const std::string& text : formats) {
    const auto blocks = formats::block_catalog();
    const auto block =
        std::find_if(blocks.begin(), blocks.end(), [&](const auto& entry) { return entry.name == text; });
    if (block != blocks.end()) {
      const scaling::Cast cast = scaling::cast_of(block->format);
      result.policies.push_back({text, scaling::to_text(scaling::Scaling{cast.scaling, cast.granularity}), cast});
      continue;
    }
    const formats::Spec format = formats::spec(text);
    if (format.bits() > 8 || !format.has_sign || !format.has_zero)
      throw Error(fmt::format("--format {}: give a signed format of at most 8 bits, or a block format", text));
    result.curves.push_back({formats::name(format), "cscale", {format, scaling::Cscale{}}});
    for (const scaling::Policy& policy : {scaling::Policy(scaling::Amax{}), scaling::Policy(scaling::Current{}),
                                          scaling::Policy(scaling::LeastError{})})
      result.policies.push_back({formats::name(format), scaling::to_text(scaling::Scaling{policy}), {format, policy}});
  }
  return result;
}

store::FormatRow row_of(const std::string& source, const NamedCast& named, const formats::CastStatistics& statistics) {
  store::FormatRow row;
  row.source = source;
  row.format = named.format;
  row.scaling = named.scaling;
  row.snr_db = row.others_snr_db = snr_db(statistics);
  row.elements = statistics.count;
  const auto count = static_cast<double>(std::max<std::uint64_t>(statistics.count, 1));
  row.underflow_fraction = static_cast<double>(statistics.underflow) / count;
  row.overflow_fraction = static_cast<double>(statistics.overflow) / count;
  return row;
}

/// The statistics of the elements of `x` that are not at `left_out` (ascending).
formats::CastStatistics without(const std::vector<std::uint32_t>& left_out, const scaling::CastTensor& tensor,
                                const scaling::Cast& cast, std::span<const float> x) {
  std::vector<float> values(x.size());
  scaling::dequantize(tensor, cast, static_cast<std::int64_t>(x.size()), values);
  formats::CastStatistics result;
  auto next = left_out.begin();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (next != left_out.end() && *next == i) {
      ++next;
      continue;
    }
    const auto signal = static_cast<double>(x[i]);
    const double error = signal - static_cast<double>(values[i]);
    result.signal_energy += signal * signal;
    result.error_energy += error * error;
  }
  return result;
}

std::int32_t usual_bias(const scaling::CastOutcome& outcome) { return mode(outcome.biases); }

/// The rows of one tensor in memory: `x` as one row.
class Tensors {
 public:
  Tensors(const FormatSnrFlags& flags, const Casts& casts, std::vector<store::FormatRow>& rows)
      : flags_(flags), casts_(casts), rows_(rows) {}

  void curves(const std::string& source, std::span<const float> x, const RandomTensor* outliers = nullptr) {
    for (NamedCast named : casts_.curves)
      for (int scale = flags_.first_scale; scale <= flags_.last_scale; ++scale) {
        named.cast.scaling = scaling::Cscale{scale};
        add(source, named, x, outliers);
      }
  }
  void policies(const RandomTensor& tensor) {
    for (const NamedCast& named : casts_.policies) add(tensor.name, named, tensor.values, &tensor);
  }

 private:
  void add(const std::string& source, const NamedCast& named, std::span<const float> x, const RandomTensor* outliers) {
    const auto columns = static_cast<std::int64_t>(x.size());
    const scaling::CastTensor result = scaling::cast(x, columns, named.cast, true);
    store::FormatRow row = row_of(source, named, result.outcome->statistics);
    row.bias = usual_bias(*result.outcome);
    if (outliers != nullptr && !outliers->outliers.empty())
      row.others_snr_db = snr_db(without(outliers->outliers, result, named.cast, x));
    rows_.push_back(row);
  }

  const FormatSnrFlags& flags_;
  const Casts& casts_;
  std::vector<store::FormatRow>& rows_;
};

/// What real tensors of one source have given: sums under each policy, and a sample of values.
struct Source {
  std::vector<formats::CastStatistics> statistics;
  std::vector<std::array<std::uint32_t, scaling::kBiasBins>> biases;
  std::vector<float> sample;
  std::int64_t stride = 1;
  std::int64_t seen = 0;
};

/// Measures the weights of a model and the inputs of its linear layers.
class RealTensors : public sim::nn::CastObserver {
 public:
  RealTensors(const Subject& subject, const FormatSnrFlags& flags, const Casts& casts)
      : weights_(*subject.weights), tokens_(subject.tokens), flags_(flags), casts_(casts) {}

  bool wants(int, scaling::Role) const override { return false; }
  void observe(int, scaling::Role, const scaling::CastOutcome&) override {}
  void inspect(int linear, LinearTensor which, std::span<const float> values) override {
    if (linear >= 0 && which == LinearTensor::x) add("activations", linear, values, tokens_);
  }
  void inspect_weights() {
    for (std::int64_t layer = 0; layer < weights_.config.layers; ++layer)
      for (const Kind kind : sim::model::kinds(weights_.config.family))
        add("weights", sim::model::linear_number(layer, kind), tensor(layer, kind).values,
            tensor(layer, kind).shape[0]);
  }

  void write(Tensors& tensors, std::vector<store::FormatRow>& rows, const Progress& progress) const {
    double done = 0.0;
    for (const auto& [name, source] : sources_) {
      progress(0.6 + 0.4 * done++ / static_cast<double>(sources_.size()), name);
      tensors.curves(name, source.sample);
      for (std::size_t i = 0; i < casts_.policies.size(); ++i) {
        rows.push_back(row_of(name, casts_.policies[i], source.statistics[i]));
        rows.back().bias = mode(source.biases[i]);
      }
    }
  }

 private:
  const sim::file::Tensor& tensor(std::int64_t layer, Kind kind) const {
    return weights_.decoders[static_cast<std::size_t>(layer)][kind].weight;
  }

  /// `rows`: of the tensor that all values of this source in this layer add up to.
  void add(const std::string& role, int linear, std::span<const float> values, std::int64_t rows) {
    const Kind kind = sim::model::kind_of(linear);
    const std::int64_t columns = tensor(sim::model::layer_of(linear), kind).shape[1];
    std::vector<scaling::CastTensor> results;
    for (const NamedCast& named : casts_.policies) results.push_back(scaling::cast(values, columns, named.cast, true));
    const std::int64_t of_kind = rows * columns * weights_.config.layers;
    for (const auto& [name, total] :
         {std::pair(role, of_kind * static_cast<std::int64_t>(sim::model::kinds(weights_.config.family).size())),
          std::pair(role + " " + std::string(sim::model::name(kind)), of_kind)}) {
      Source& source = sources_[name];
      if (source.statistics.empty()) {
        source.statistics.resize(results.size());
        source.biases.resize(results.size());
        source.stride = std::max<std::int64_t>(1, total / flags_.elements);
        while (std::gcd(source.stride, columns) != 1) ++source.stride;  // not the same columns in every row
      }
      for (std::size_t i = 0; i < results.size(); ++i) {
        source.statistics[i] += results[i].outcome->statistics;
        for (std::size_t bin = 0; bin < source.biases[i].size(); ++bin)
          source.biases[i][bin] += results[i].outcome->biases[bin];
      }
      const auto count = static_cast<std::int64_t>(values.size());
      for (std::int64_t i = (source.stride - source.seen % source.stride) % source.stride; i < count;
           i += source.stride)
        source.sample.push_back(values[static_cast<std::size_t>(i)]);
      source.seen += count;
    }
  }

  const sim::model::Weights& weights_;
  std::int64_t tokens_;
  const FormatSnrFlags& flags_;
  const Casts& casts_;
  std::map<std::string, Source> sources_;
};

void check(const FormatSnrFlags& flags) {
  if (flags.first_scale > flags.last_scale || flags.first_scale < -scaling::kBiasLimit ||
      flags.last_scale > scaling::kBiasLimit)
    throw Error(fmt::format("--scale {}:{}: give FIRST:LAST, exponents of two from -127 to 127 in ascending order",
                            flags.first_scale, flags.last_scale));
  if (flags.elements < 1 || flags.elements > (std::int64_t{1} << 30))
    throw Error(fmt::format("--elements is {}; give 1 to {}", flags.elements, std::int64_t{1} << 30));
}

}  // namespace

FormatSnrResult format_snr(const FormatSnrFlags& flags, const std::string& command, const Progress& progress) {
  check(flags);
  const Casts casts = casts_of(flags.formats);
  FormatSnrResult result;
  result.header.model_name = "none (random tensors)";
  Tensors tensors(flags, casts, result.rows);
  const auto elements = static_cast<std::size_t>(flags.elements);
  for (const char* distribution : {"gaussian", "laplace", "student-t"}) {
    progress(0.0, distribution);
    const RandomTensor tensor = random_tensor(distribution, elements, flags.seed);
    tensors.curves(tensor.name, tensor.values);
    tensors.policies(tensor);
  }
  for (const float sigma : kOutliers) {
    const RandomTensor tensor = gaussian_with_outliers(sigma, elements, flags.seed);
    progress(0.1, tensor.name);
    tensors.policies(tensor);
  }
  if (!flags.subject.model.empty()) {
    const Subject subject = open_subject(flags.subject);
    result.header = subject.header;
    RealTensors real(subject, flags, casts);
    progress(0.2, "weights");
    real.inspect_weights();
    sim::model::Transformer<float> model(subject.weights);
    model.apply(scaling::uncast(scaling::Baseline::fp32));
    score_subject(model, subject, &real, [&](double share) { progress(0.3 + 0.3 * share, "activations"); });
    real.write(tensors, result.rows, progress);
  }
  store::Header& header = result.header;
  header.experiment = "formats";
  header.command = command;
  header.seed = flags.seed;
  header.engine = "none: casts only";
  header.recipe_name = "none";
  header.fingerprint = store::fingerprint(header, {command});
  return result;
}

}  // namespace octavo::experiments
