// Reading operands.
#include "experiments/products/gemm_operand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/store/provenance.h"
#include "experiments/tensors/cast/named_cast.h"
#include "experiments/tensors/cast/tensor_source.h"
#include "experiments/tensors/codes_file.h"
#include "formats/catalog.h"
#include "formats/decode.h"
#include "messages/error.h"
#include "messages/printable.h"
#include "sim/file/mapped_file.h"
#include "sim/file/npy.h"

namespace octavo::experiments {
namespace {

namespace fs = std::filesystem;
using sim::file::TensorInfo;

/// The format that codes have in the file, or that values are cast to.
formats::Spec format_of(const GemmSource& source, const std::string& which) {
  if (const auto block = block_cast(source.format))
    throw Error(
        fmt::format("--{0}-format {1}: codes are of its element, {2}; give --{0}-format {2} with --{0}-scales, or "
                    "cast values with --cast",
                    which, block->format, formats::name(block->cast.format)));
  return cast_format(source.format.empty() ? "e4m3" : source.format, "--" + which + "-format");
}

void set_shape(GemmOperand& operand, const std::vector<std::int64_t>& shape, const std::string& shown) {
  if (shape.size() != 2)
    throw Error(fmt::format("{}: it has {} dimensions; operands are matrices, M x K and N x K", shown, shape.size()));
  operand.rows = shape[0];
  operand.depth = shape[1];
  if (operand.rows == 0 || operand.depth == 0) throw Error(fmt::format("{}: it is empty", shown));
}

void count_specials(GemmOperand& operand) {
  for (const std::uint8_t code : operand.codes.codes) {
    const double value = formats::decode(operand.rule->format, code);
    operand.nan += std::isnan(value) ? 1 : 0;
    operand.infinite += std::isinf(value) ? 1 : 0;
  }
  for (const float value : operand.values) {
    operand.nan += std::isnan(value) ? 1 : 0;
    operand.infinite += std::isinf(value) ? 1 : 0;
  }
  operand.nan_scales = std::ranges::count_if(operand.codes.inverses, [](float scale) { return std::isnan(scale); });
}

/// Codes in a .npy file, whose types say less than they should.
void take_codes(GemmOperand& operand, const GemmSource& source, const std::string& which, const TensorInfo& info,
                std::span<const std::byte> bytes, const std::string& shown) {
  const formats::Spec spec = format_of(source, which);
  if (source.scales.empty() && source.file.extension() == ".npy" && fs::exists(scales_beside(source.file)))
    throw Error(fmt::format("{}: its scales lie beside it; give --{}-scales {}", shown, which,
                            messages::printable(scales_beside(source.file).string())));
  operand.rule = scaling::Cast{spec, scaling::Cscale{}};
  operand.format = formats::name(spec);
  if (info.dtype == "float8_e5m2" && spec != formats::e5m2)
    throw Error(
        fmt::format("{}: its elements are float8_e5m2, not {}; give --{}-format e5m2", shown, operand.format, which));
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  operand.codes.codes.assign(first, first + operand.rows * operand.depth);
  const auto wrong =
      std::ranges::find_if(operand.codes.codes, [&](unsigned code) { return code >= spec.code_count(); });
  if (wrong != operand.codes.codes.end())
    throw Error(fmt::format("{}: it holds 0x{:02x}, which is no code of {}; give the right format with --{}-format",
                            shown, *wrong, operand.format, which));
  operand.content = operand.format + " codes";
  operand.codes.inverses = {1.0F};
  if (source.scales.empty()) return;
  read_scales(source.scales, operand.rows, operand.depth, operand.codes);
  operand.rule->granularity = operand.codes.granularity;
  operand.scaling = "scales of " + source.scales.filename().string();
  operand.content += fmt::format(" under the {} of {}", operand.codes.inverses.size() > 1 ? "scales" : "scale",
                                 messages::printable(source.scales.filename().string()));
}

void take_coded(GemmOperand& operand, CodedTensor coded, const GemmSource& source, const std::string& which,
                const std::string& shown) {
  set_shape(operand, coded.shape, shown);
  operand.rule =
      scaling::Cast{coded.format, scaling::parse_scaling(coded.scaling, shown).policy, coded.codes.granularity};
  operand.format = formats::name(coded.format);
  if (!source.format.empty() && format_of(source, which) != coded.format)
    throw Error(
        fmt::format("{}: its codes are {}; leave out --{}-format {}", shown, operand.format, which, source.format));
  operand.scaling = coded.scaling;
  operand.codes = std::move(coded.codes);
  operand.content = fmt::format("{} codes under {}", operand.format, operand.scaling);
}

void cast(GemmOperand& operand, const CastInput& input, const GemmSource& source, const std::string& which,
          scaling::Scaling scaling) {
  scaling::Cast rule;
  if (const auto block = block_cast(source.format)) {
    if (scaling != scaling::Scaling{})
      throw Error(fmt::format("--cast={}: {} is a block format, whose scaling is {} and no other; give --cast alone",
                              scaling::to_text(scaling), block->format, block->scaling));
    rule = block->cast;
    scaling = {rule.scaling, rule.granularity};
  } else {
    rule = {format_of(source, which), scaling.policy, scaling.granularity};
  }
  if (scaling::has_history(rule.scaling))
    throw Error(fmt::format("--cast={}: a product has no steps before it; give a scaling without a history",
                            scaling::to_text(scaling)));
  const Measured measured = measure(input, rule, {}, &operand.codes);
  operand.rule = rule;
  operand.format = formats::name(rule.format);
  operand.scaling = scaling::to_text(scaling);
  operand.content = fmt::format("values cast to {} under {}", operand.format, operand.scaling);
  const scaling::CastOutcome& outcome = measured.outcome;
  if (outcome.without_bias == outcome.blocks)
    operand.content += outcome.amax.value == 0.0F && !outcome.amax.has_nan ? ", all zero: any scale gives zeros"
                                                                           : ", not finite: its scale is a stand-in";
  else if (outcome.blocks > 1)
    operand.content += fmt::format(", {} scales", outcome.blocks);
  else if (outcome.scale.is_power_of_two())
    operand.content += fmt::format(", bias {}", operand.bias = outcome.scale.bias());
  else
    operand.content += fmt::format(", scale {:.9g}", outcome.scale.factor);
}

}  // namespace

GemmOperand read_operand(const GemmSource& source, const std::string& which,
                         const std::optional<scaling::Scaling>& cast_under) {
  GemmOperand operand;
  const std::string shown = messages::printable(source.file.string());
  operand.name = source.file.filename().string();
  if (auto coded = read_codes(source.file, source.tensor)) {
    if (!source.scales.empty())
      throw Error(fmt::format("{}: it holds its scales; leave out --{}-scales", shown, which));
    operand.sha256 = store::sha256(sim::file::map_file(source.file).bytes);
    take_coded(operand, *std::move(coded), source, which, shown);
    count_specials(operand);
    return operand;
  }
  const TensorSource file = open_tensors(source.file);
  std::vector<std::string> notes;
  const TensorInfo& info = *select(file, source.tensor, notes).front();
  set_shape(operand, info.shape, shown);
  operand.sha256 =
      fs::is_directory(source.file) ? file.header_sha256 : store::sha256(sim::file::map_file(source.file).bytes);
  if (info.dtype == "u1" || info.dtype == "V1" || info.dtype == "float8_e5m2") {
    take_codes(operand, source, which, info, file.file->stored(info.name), shown);
    count_specials(operand);
    return operand;
  }
  if (!source.scales.empty())
    throw Error(fmt::format("--{}-scales: {} holds {} and no codes; leave it out", which, shown, info.dtype));
  if (!file.tensors->loads(info))
    throw Error(fmt::format("{}: its elements are {}; give codes as uint8, or values as float32", shown, info.dtype));
  CastInput input = load_for_cast(*file.tensors, info, false);
  if (cast_under) {
    operand.values.assign(input.floats.values.begin(), input.floats.values.end());
    count_specials(operand);
    operand.values.clear();
    cast(operand, input, source, which, *cast_under);
    operand.nan_scales = std::ranges::count_if(operand.codes.inverses, [](float scale) { return std::isnan(scale); });
    return operand;
  }
  if (!source.format.empty())
    throw Error(fmt::format("--{}-format {}: {} holds values; cast them with --cast, or leave the format out", which,
                            source.format, shown));
  const sim::file::Tensor values = file.tensors->load(info.name);  // of binary64 to nearest
  operand.values.assign(values.values.begin(), values.values.end());
  operand.format = "float32";
  operand.content = "float32 values";
  count_specials(operand);
  return operand;
}

}  // namespace octavo::experiments
