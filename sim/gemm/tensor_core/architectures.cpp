// The table of tensor-core architectures, with the evidence for each row.
#include "sim/gemm/tensor_core/architectures.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "messages/error.h"

namespace octavo::sim::gemm {
namespace {

using formats::Accumulator;

// Open points are parameters of the row; the defaults, and what speaks for them (docs/evidence.md has the
// evidence):
// - zero_exponent -133 (f32) and -21 (f16): MMA-Sim 2.x (arXiv 2511.10909) from probes on GPUs, -132 and -20 on Ada.
//   Every product of two FP8 values is a multiple of 2^-32, so these values truncate nothing: the same bits as leaving
//   zero products out, which is Khattak and Mikaitis' model (arXiv 2512.07004). The recorded H100 results do not
//   discriminate; a naive datapath (operand_exponents) would differ. With block scales the value matters, and that a
//   zero c aligns with it too is MMA-Sim's word alone.
// - negative_zero: a negative sum below the smallest result keeps its sign, as in IEEE rounding and in Khattak's code;
//   MMA-Sim returns +0, which its authors' random tests do not reach. Open until probed.
// - FP8 products cannot overflow an f32 accumulator; block scales can: then infinity, as in MMA-Sim. Open.
// "recorded" below means the published GPU results of north-numerical-computing/MATLAB-tensor-core, which the tests
// reproduce without a difference; "asserted" means tests that MMA-Sim's authors ran on that GPU.
constexpr std::array kRows{
    Architecture{.name = "hopper-wgmma",
                 .instruction = "wgmma.mma_async m64nNk32 .f32",
                 .evidence = "recorded on H100 and H200 with c = 0 (E4M3, E5M2); asserted on H100 with c, all type "
                             "pairs; c inside the alignment also recorded through cuBLAS on H100 PCIe (mmaemu 0.1.0)"},
    Architecture{.name = "hopper-wgmma",
                 .instruction = "wgmma.mma_async m64nNk32 .f16",
                 .accumulator = Accumulator::f16,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -21,
                 .evidence = "asserted on H100"},
    // No FP8 mma.sync exists on sm_90 and sm_100: ptxas converts to f16 and uses two HMMA.16816 from zero, then adds C.
    Architecture{.name = "hopper-mma",
                 .instruction = "mma.sync m16n8k32 .f32, sm_90 and sm_100, ptxas 13",
                 .group = 16,
                 .order = GroupOrder::half_words,
                 .addend = Addend::afterwards,
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .operands_as_f16 = true,
                 .evidence = "recorded on B200; instruction sequence from ptxas 13.0.88 for sm_90 and sm_100"},
    Architecture{.name = "hopper-mma",
                 .instruction = "mma.sync m16n8k32 .f16, sm_90 and sm_100, ptxas 13",
                 .accumulator = Accumulator::f16,
                 .group = 16,
                 .order = GroupOrder::half_words,
                 .addend = Addend::afterwards,
                 .fraction_bits = 25,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -21,
                 .operands_as_f16 = true,
                 .evidence = "recorded on H100, H200 and B200"},
    Architecture{.name = "hopper-mma",
                 .variant = "ptxas12",
                 .instruction = "mma.sync m16n8k32 .f32, sm_90, ptxas 12.4",
                 .group = 16,
                 .order = GroupOrder::half_words,
                 .groups = GroupSum::separate,
                 .addend = Addend::afterwards,
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .operands_as_f16 = true,
                 .evidence = "instruction sequence from ptxas 12.4.131; no recorded results"},
    Architecture{.name = "hopper-mma",
                 .variant = "ptxas12",
                 .instruction = "mma.sync m16n8k32 .f16, sm_90, ptxas 12.4",
                 .accumulator = Accumulator::f16,
                 .group = 16,
                 .order = GroupOrder::half_words,
                 .groups = GroupSum::separate,
                 .addend = Addend::afterwards,
                 .fraction_bits = 25,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -21,
                 .operands_as_f16 = true,
                 .evidence = "instruction sequence from ptxas 12.4.131; no recorded results"},
    Architecture{.name = "hopper-mma",
                 .variant = "k16",
                 .instruction = "mma.sync m16n8k16 .f32, sm_90 and sm_100, ptxas 13",
                 .depth = 16,
                 .group = 8,
                 .order = GroupOrder::half_words,
                 .addend = Addend::afterwards,
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .operands_as_f16 = true,
                 .evidence = "instruction sequence from ptxas 13.0.88 (two HMMA.1688, then FADD); no recorded results"},
    Architecture{
        .name = "hopper-mma",
        .variant = "k16",
        .instruction = "mma.sync m16n8k16 .f16, sm_90 and sm_100, ptxas 13",
        .accumulator = Accumulator::f16,
        .depth = 16,
        .group = 8,
        .order = GroupOrder::half_words,
        .addend = Addend::afterwards,
        .fraction_bits = 25,
        .output = OutputRounding::f16_nearest_even,
        .zero_exponent = -21,
        .operands_as_f16 = true,
        .evidence = "instruction sequence from ptxas 13.0.88 (two HMMA.1688, then HADD2); no recorded results"},
    Architecture{.name = "hopper-hmma",
                 .instruction = "mma.sync m16n8k16 f16 and bf16 .f32 (HMMA.16816)",
                 .depth = 16,
                 .group = 16,
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .operands = OperandFormats::fp16_bf16,
                 .evidence = "recorded on H100 and B200 (f16, bf16)"},
    Architecture{.name = "hopper-hmma",
                 .instruction = "mma.sync m16n8k16 f16 .f16 (HMMA.16816)",
                 .accumulator = Accumulator::f16,
                 .depth = 16,
                 .group = 16,
                 .fraction_bits = 25,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -21,
                 .operands = OperandFormats::fp16_bf16,
                 .evidence = "recorded on H100 and B200"},
    Architecture{.name = "ada-mma",
                 .instruction = "mma.sync m16n8k32 .f32, sm_89",
                 .group = 16,
                 .zero_exponent = -132,
                 .evidence = "recorded on Ada and L40S, with c; every f32 as c on an RTX 4060 (mmaemu 0.1.0)"},
    Architecture{.name = "ada-mma",
                 .instruction = "mma.sync m16n8k32 .f16, sm_89",
                 .accumulator = Accumulator::f16,
                 .group = 16,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -20,
                 .evidence = "recorded on Ada, with c"},
    Architecture{.name = "ada-mma",
                 .variant = "k16",
                 .instruction = "mma.sync m16n8k16 .f32, sm_89",
                 .depth = 16,
                 .group = 16,
                 .zero_exponent = -132,
                 .evidence = "one of the two groups of m16n8k32, which are recorded; MMA-Sim; no recorded results"},
    Architecture{.name = "ada-mma",
                 .variant = "k16",
                 .instruction = "mma.sync m16n8k16 .f16, sm_89",
                 .accumulator = Accumulator::f16,
                 .depth = 16,
                 .group = 16,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -20,
                 .evidence = "one of the two groups of m16n8k32, which are recorded; MMA-Sim; no recorded results"},
    Architecture{.name = "blackwell-tcgen05",
                 .instruction = "tcgen05.mma kind::f8f6f4 .f32, sm_100a",
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .operands = OperandFormats::fp8_fp6_fp4,
                 .evidence = "MMA-Sim 2.x; no recorded results"},
    Architecture{.name = "blackwell-tcgen05",
                 .instruction = "tcgen05.mma kind::f8f6f4 .f16, sm_100a",
                 .accumulator = Accumulator::f16,
                 .fraction_bits = 25,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -21,
                 .operands = OperandFormats::fp8_fp6_fp4,
                 .evidence = "MMA-Sim 2.x; no recorded results"},
    Architecture{.name = "blackwell-mma",
                 .instruction = "mma.sync m16n8k32 kind::f8f6f4 .f32, sm_120",
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .operands = OperandFormats::fp8_fp6_fp4,
                 .evidence = "MMA-Sim 2.x, whose authors claim equality with the GPU; no recorded results"},
    Architecture{.name = "blackwell-mma",
                 .instruction = "mma.sync m16n8k32 kind::f8f6f4 .f16, sm_120",
                 .accumulator = Accumulator::f16,
                 .fraction_bits = 25,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -21,
                 .operands = OperandFormats::fp8_fp6_fp4,
                 .evidence = "MMA-Sim 2.x, whose authors claim equality with the GPU; no recorded results"},
    Architecture{.name = "blackwell-mma",
                 .variant = "k16",
                 .instruction = "mma.sync m16n8k16 .f32, sm_120",
                 .depth = 16,
                 .group = 16,
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .evidence = "ptxas 13.0.88 gives one QMMA.16816; presumed as m16n8k32; no recorded results"},
    Architecture{.name = "blackwell-mma",
                 .variant = "k16",
                 .instruction = "mma.sync m16n8k16 .f16, sm_120",
                 .accumulator = Accumulator::f16,
                 .depth = 16,
                 .group = 16,
                 .fraction_bits = 25,
                 .output = OutputRounding::f16_nearest_even,
                 .zero_exponent = -21,
                 .evidence = "ptxas 13.0.88 gives one QMMA.16816; presumed as m16n8k32; no recorded results"},
    Architecture{.name = "blackwell-mxf8f6f4",
                 .instruction = "kind::mxf8f6f4 block32 .f32 (tcgen05 sm_100a, mma.sync sm_120a)",
                 .fraction_bits = 25,
                 .output = OutputRounding::f32_toward_zero,
                 .scale = BlockScale::required,
                 .operands = OperandFormats::fp8_fp6_fp4,
                 .evidence = "MMA-Sim 2.x; no recorded results"},
    Architecture{.name = "blackwell-mxf4nvf4",
                 .instruction = "kind::mxf4nvf4 block16 or block32 .f32 (tcgen05 sm_100a, mma.sync sm_120a)",
                 .depth = 64,
                 .group = 64,
                 .fraction_bits = 35,
                 .output = OutputRounding::f32_toward_zero,
                 .zero_exponent = -139,
                 .datapath = Datapath::scaled_groups,
                 .scale = BlockScale::required,
                 .operands = OperandFormats::fp4,
                 .evidence = "MMA-Sim 2.x; no recorded results"},
    Architecture{
        .name = "cdna3",
        .instruction = "v_mfma_f32_16x16x32_{fp8,bf8}",
        .group = 16,
        .fraction_bits = 24,
        .output = OutputRounding::f32_nearest_even,
        .datapath = Datapath::even_odd,
        .operands = OperandFormats::fp8_fnuz,
        .evidence = "MMA-Sim 2.x (products truncated, sums floored; its versions differ); no recorded results"},
};

}  // namespace

std::span<const Architecture> architectures() { return kRows; }

std::string_view name(OperandFormats operands) {
  switch (operands) {
    case OperandFormats::fp8:
      return "e4m3 and e5m2";
    case OperandFormats::fp8_fp6_fp4:
      return "e4m3, e5m2, e3m2, e2m3 and e2m1";
    case OperandFormats::fp4:
      return "e2m1";
    case OperandFormats::fp8_fnuz:
      return "e4m3fnuz and e5m2fnuz";
    case OperandFormats::fp16_bf16:
      return "fp16 and bf16";
  }
  return "";
}

const Architecture& architecture(std::string_view wanted, Accumulator accumulator, std::string_view variant) {
  std::string names;
  std::string others;
  for (const Architecture& row : kRows) {
    if (row.name != wanted) {
      if (names.find(row.name) == std::string::npos) names.append(names.empty() ? "" : ", ").append(row.name);
      continue;
    }
    if (row.accumulator == accumulator && row.variant == variant) return row;
    others.append(others.empty() ? "" : ", ").append(name(row.accumulator));
    if (!row.variant.empty()) others.append(" ").append(row.variant);
  }
  if (others.empty()) throw Error("architecture '" + std::string(wanted) + "' is unknown; try " + names);
  throw Error("architecture '" + std::string(wanted) + "' has no accumulator " + std::string(name(accumulator)) +
              (variant.empty() ? "" : " in variant '" + std::string(variant) + "'") + "; it has " + others);
}

}  // namespace octavo::sim::gemm
