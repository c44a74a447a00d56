// The list of spellings.
#include "formats/spelling.h"

#include <algorithm>
#include <array>

namespace octavo::formats {
namespace {

constexpr std::array kSpellings{
    Spelling{"float8_e4m3fn", "e4m3", "torch, ml_dtypes"},
    Spelling{"kFloat8E4M3", "e4m3", "Transformer Engine"},
    Spelling{"fp8_e4m3", "e4m3", "vLLM"},
    Spelling{"F8_E4M3", "e4m3", "safetensors"},
    Spelling{"F8E4M3FN", "e4m3", "MLIR"},
    Spelling{"ocp_e4m3", "e4m3", "gfloat"},
    Spelling{"OFP8 E4M3", "e4m3", "OCP"},
    Spelling{"fp8_e4m3fn", "e4m3", "HIP"},
    Spelling{"__nv_fp8_e4m3", "e4m3", "CUDA"},
    Spelling{"__NV_E4M3", "e4m3", "CUDA"},
    Spelling{"CUDA_R_8F_E4M3", "e4m3", "CUDA"},
    Spelling{"float8_e5m2", "e5m2", "torch, ml_dtypes"},
    Spelling{"kFloat8E5M2", "e5m2", "Transformer Engine"},
    Spelling{"fp8_e5m2", "e5m2", "vLLM"},
    Spelling{"F8_E5M2", "e5m2", "safetensors"},
    Spelling{"ocp_e5m2", "e5m2", "gfloat"},
    Spelling{"OFP8 E5M2", "e5m2", "OCP"},
    Spelling{"__nv_fp8_e5m2", "e5m2", "CUDA"},
    Spelling{"__NV_E5M2", "e5m2", "CUDA"},
    Spelling{"CUDA_R_8F_E5M2", "e5m2", "CUDA"},
    Spelling{"float8_e4m3fnuz", "e4m3fnuz", "torch, ml_dtypes"},
    Spelling{"fp8_e4m3_fnuz", "e4m3fnuz", "HIP"},
    Spelling{"F8E4M3FNUZ", "e4m3fnuz", "MLIR"},
    Spelling{"float8_e5m2fnuz", "e5m2fnuz", "torch, ml_dtypes"},
    Spelling{"fp8_e5m2_fnuz", "e5m2fnuz", "HIP"},
    Spelling{"F8E5M2FNUZ", "e5m2fnuz", "MLIR"},
    Spelling{"float8_e4m3", "e4m3ieee", "ml_dtypes"},
    Spelling{"float8_e4m3b11fnuz", "e4m3b11fnuz", "ml_dtypes"},
    Spelling{"F8E4M3B11FNUZ", "e4m3b11fnuz", "MLIR"},
    Spelling{"float8_e3m4", "e3m4", "ml_dtypes"},
    Spelling{"F8E3M4", "e3m4", "MLIR"},
    Spelling{"float8_e8m0fnu", "e8m0", "torch, ml_dtypes"},
    Spelling{"kFloat8E8M0", "e8m0", "Transformer Engine"},
    Spelling{"F8_E8M0", "e8m0", "safetensors"},
    Spelling{"F8E8M0FNU", "e8m0", "MLIR"},
    Spelling{"ue8m0", "e8m0", "PTX"},
    Spelling{"ocp_e8m0", "e8m0", "gfloat"},
    Spelling{"CUDA_R_8F_UE8M0", "e8m0", "CUDA"},
    Spelling{"float6_e3m2fn", "e3m2", "ml_dtypes"},
    Spelling{"fp6_e3m2", "e3m2", "OCP"},
    Spelling{"F6_E3M2", "e3m2", "safetensors"},
    Spelling{"F6E3M2FN", "e3m2", "MLIR"},
    Spelling{"ocp_e3m2", "e3m2", "gfloat"},
    Spelling{"__nv_fp6_e3m2", "e3m2", "CUDA"},
    Spelling{"CUDA_R_6F_E3M2", "e3m2", "CUDA"},
    Spelling{"float6_e2m3fn", "e2m3", "ml_dtypes"},
    Spelling{"fp6_e2m3", "e2m3", "OCP"},
    Spelling{"F6_E2M3", "e2m3", "safetensors"},
    Spelling{"F6E2M3FN", "e2m3", "MLIR"},
    Spelling{"ocp_e2m3", "e2m3", "gfloat"},
    Spelling{"__nv_fp6_e2m3", "e2m3", "CUDA"},
    Spelling{"CUDA_R_6F_E2M3", "e2m3", "CUDA"},
    Spelling{"float4_e2m1fn", "e2m1", "ml_dtypes"},
    Spelling{"float4_e2m1fn_x2", "e2m1", "torch"},
    Spelling{"kFloat4E2M1", "e2m1", "Transformer Engine"},
    Spelling{"fp4_e2m1", "e2m1", "OCP"},
    Spelling{"fp4", "e2m1", "OCP"},
    Spelling{"F4E2M1FN", "e2m1", "MLIR"},
    Spelling{"ocp_e2m1", "e2m1", "gfloat"},
    Spelling{"__nv_fp4_e2m1", "e2m1", "CUDA"},
    Spelling{"CUDA_R_4F_E2M1", "e2m1", "CUDA"},
    Spelling{"ocp_int8", "int8q6", "gfloat"},
    Spelling{"float16", "fp16", "torch"},
    Spelling{"half", "fp16", "torch"},
    Spelling{"binary16", "fp16", "IEEE 754, gfloat"},
    Spelling{"f16", "fp16", "safetensors"},
    Spelling{"bfloat16", "bf16", "torch, ml_dtypes"},
    Spelling{"tensorfloat32", "tf32", "NVIDIA"},
    Spelling{"mxfp8", "mxfp8-e4m3", "Transformer Engine"},
    Spelling{"MXFP8BlockScaling", "mxfp8-e4m3", "Transformer Engine"},
    Spelling{"mxfp4_e2m1", "mxfp4", "gfloat"},
    Spelling{"NVFP4BlockScaling", "nvfp4", "Transformer Engine"},
};

bool separates(char c) { return c == '_' || c == '-' || c == ' '; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::span<const Spelling> spellings() { return kSpellings; }

std::string squeezed(std::string_view text) {
  if (const std::size_t point = text.rfind('.'); point != text.npos && point > 0) text.remove_prefix(point + 1);
  while (text.starts_with('_')) text.remove_prefix(1);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!separates(text[i]) || i == 0 || i + 1 == text.size()) result += lower(text[i]);
  return result;
}

std::string meant(std::string_view text) {
  const std::string wanted = squeezed(text);
  for (const Spelling& spelling : kSpellings)
    if (squeezed(spelling.text) == wanted) return std::string(spelling.name);
  constexpr std::string_view kP3109 = "p3109k8";  // gfloat's names of what IEEE P3109 calls binary8
  if (wanted.starts_with(kP3109)) return "binary8" + wanted.substr(kP3109.size());
  std::string plain(text);
  std::transform(plain.begin(), plain.end(), plain.begin(), lower);
  return plain;
}

std::vector<std::string> other_spellings(std::string_view name) {
  std::vector<std::string> found;
  for (const Spelling& spelling : kSpellings)
    if (spelling.name == name) found.push_back(std::string(spelling.text) + " (" + std::string(spelling.library) + ")");
  return found;
}

}  // namespace octavo::formats
