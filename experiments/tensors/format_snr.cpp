// Sources one after another, and the header of their table.
#include "experiments/tensors/format_snr.h"

#include <fmt/format.h>

#include <array>

#include "experiments/evaluation/scoring.h"
#include "experiments/store/runs/fingerprint.h"
#include "experiments/tensors/format_casts.h"
#include "experiments/tensors/format_rows.h"
#include "experiments/tensors/model_tensors.h"
#include "experiments/tensors/random_tensors.h"
#include "messages/error.h"

namespace octavo::experiments {
namespace {

constexpr std::array kOutliers{10.0F, 30.0F, 100.0F, 300.0F};

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
  FormatRows rows(flags.first_scale, flags.last_scale, casts, result.rows);
  const auto elements = static_cast<std::size_t>(flags.elements);
  for (const TensorShape shape : {TensorShape::gaussian, TensorShape::laplace, TensorShape::student_t}) {
    progress(0.0, std::string(name(shape)));
    const RandomTensor tensor = random_tensor(shape, elements, flags.seed);
    rows.curves(tensor.name, tensor.values);
    rows.policies(tensor);
  }
  for (const float sigma : kOutliers) {
    const RandomTensor tensor = gaussian_with_outliers(sigma, elements, flags.seed);
    progress(0.1, tensor.name);
    rows.policies(tensor);
  }
  if (!flags.subject.model.empty()) {
    const Subject subject = open_subject(flags.subject);
    result.header = subject.header;
    ModelTensors model_tensors(subject, flags.elements, casts);
    progress(0.2, "weights");
    model_tensors.inspect_weights();
    sim::model::Transformer<float> model(subject.weights);
    model.apply(scaling::uncast(scaling::Baseline::fp32));
    score_subject(model, subject, &model_tensors, [&](double share) { progress(0.3 + 0.3 * share, "activations"); });
    model_tensors.write(rows, result.rows,
                        [&](double share, const std::string& name) { progress(0.6 + 0.4 * share, name); });
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
