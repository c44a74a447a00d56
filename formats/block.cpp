// The names of the block formats.
#include "formats/block.h"

#include <array>

#include "formats/spelling.h"
#include "messages/error.h"
#include "messages/named.h"

namespace octavo::formats {
namespace {

constexpr std::array kBlockCatalog{
    BlockCatalogEntry{"mxfp8-e4m3", mxfp8_e4m3, "OCP MX: 32 of e4m3 under a power of two"},
    BlockCatalogEntry{"mxfp8-e5m2", mxfp8_e5m2, "OCP MX: 32 of e5m2 under a power of two"},
    BlockCatalogEntry{"mxfp6-e3m2", mxfp6_e3m2, "OCP MX: 32 of e3m2 under a power of two"},
    BlockCatalogEntry{"mxfp6-e2m3", mxfp6_e2m3, "OCP MX: 32 of e2m3 under a power of two"},
    BlockCatalogEntry{"mxfp4", mxfp4, "OCP MX: 32 of e2m1 under a power of two"},
    BlockCatalogEntry{"mxint8", mxint8, "OCP MX: 32 of int8q6 under a power of two"},
    BlockCatalogEntry{"nvfp4", nvfp4, "NVIDIA: 16 of e2m1 under an e4m3 scale and an FP32 scale of the tensor"},
    BlockCatalogEntry{"deepseek-1x128", deepseek_1x128, "DeepSeek-V3's activations: 1 x 128 of e4m3 under FP32"},
    BlockCatalogEntry{"deepseek-128x128", deepseek_128x128, "DeepSeek-V3's weights: 128 x 128 of e4m3 under FP32"},
};

}  // namespace

std::span<const BlockCatalogEntry> block_catalog() { return kBlockCatalog; }

const BlockCatalogEntry* find_block_format(std::string_view name) {
  const std::string wanted = squeezed(meant(name));
  for (const BlockCatalogEntry& entry : kBlockCatalog)
    if (squeezed(entry.name) == wanted) return &entry;
  return nullptr;
}

BlockFormat block_format(std::string_view name) {
  if (const BlockCatalogEntry* entry = find_block_format(name)) return entry->format;
  throw Error(messages::unknown_name("block format", name, kBlockCatalog));
}

}  // namespace octavo::formats
