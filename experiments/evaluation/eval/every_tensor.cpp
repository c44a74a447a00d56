// Magnitudes without casts.
#include "experiments/evaluation/eval/every_tensor.h"

#include <algorithm>
#include <limits>

#include "formats/span/quantize.h"
#include "machine/share.h"
#include "sim/nn/baseline.h"

namespace octavo::experiments {
namespace {

using scaling::Role;

/// A tensor without a cast has no bias, no scale but 1 and no error to speak of.
store::TensorRecord uncast(int index) {
  store::TensorRecord record;
  record.index = index;
  record.cast = 0;
  record.bias = store::kNoBias;
  record.snr_db = std::numeric_limits<double>::quiet_NaN();
  return record;
}

}  // namespace

EveryTensor::EveryTensor(const TensorAxis& axis, const Subject& subject, const scaling::Recipe& recipe)
    : axis_(axis), casts_(axis, "*") {
  std::vector<float> storage;
  for (std::size_t i = 0; i < axis.names().size(); ++i) {
    const store::TensorName& tensor = axis.names()[i];
    cast_.push_back(recipe.resolve(tensor.name)[tensor.role].has_value());
    if (cast_.back() || tensor.role != Role::weight) continue;
    const sim::model::DecoderWeights& decoder = subject.weights->decoders[static_cast<std::size_t>(tensor.layer)];
    for (const sim::model::Kind kind : sim::model::kinds(subject.weights->config.family)) {
      if (sim::model::name(kind) != tensor.kind) continue;
      storage.assign(decoder[kind].weight.values.begin(), decoder[kind].weight.values.end());
      sim::nn::round_to(recipe.baseline, storage.data(), static_cast<std::int64_t>(storage.size()));
      add(static_cast<int>(i), storage);
    }
  }
}

void EveryTensor::inspect(int linear, sim::nn::LinearTensor which, std::span<const float> values) {
  if (which != sim::nn::LinearTensor::x) return;
  const int index = axis_.find(linear, Role::activation);
  if (index >= 0 && !cast_[static_cast<std::size_t>(index)]) add(index, values);
}

void EveryTensor::add(int index, std::span<const float> values) {
  store::TensorRecord& record = plain_.try_emplace(index, uncast(index)).first->second;
  constexpr std::int64_t kPiece = 1 << 15;  // elements
  const auto count = static_cast<std::int64_t>(values.size());
  struct Part {
    formats::MeasuredAmax amax;
    std::array<std::uint64_t, store::kExponentBins> exponents{};
    std::uint64_t nan = 0;
  };
  std::vector<Part> parts(static_cast<std::size_t>((count + kPiece - 1) / kPiece));
  machine::share(static_cast<std::int64_t>(parts.size()), 3e4, [&](std::int64_t i) {
    const std::int64_t first = i * kPiece;
    const auto piece =
        values.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(std::min(kPiece, count - first)));
    Part& part = parts[static_cast<std::size_t>(i)];
    part.amax = formats::amax(piece);
    formats::exponent_histogram(piece, part.exponents);
    if (part.amax.has_nan)
      part.nan = static_cast<std::uint64_t>(std::ranges::count_if(piece, [](float value) { return value != value; }));
  });
  for (const Part& part : parts) {
    record.amax = std::max(record.amax, part.amax.value);
    record.nan += part.nan;
    record.infinite += part.exponents.back() - part.nan;
    for (std::size_t bin = 0; bin < part.exponents.size(); ++bin) record.exponent_histogram[bin] += part.exponents[bin];
  }
  record.elements += values.size();
}

std::vector<store::TensorRecord> EveryTensor::records() const {
  std::vector<store::TensorRecord> result = casts_.records();
  for (const auto& [index, record] : plain_) {
    result.push_back(record);
    if (record.nan == record.elements) result.back().amax = std::numeric_limits<float>::quiet_NaN();
  }
  std::ranges::sort(result, {}, &store::TensorRecord::index);
  return result;
}

}  // namespace octavo::experiments
