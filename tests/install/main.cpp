// Uses one thing of each room.
#include <cstdio>

#include "formats/catalog.h"
#include "formats/float.h"
#include "scaling/recipe/recipe.h"
#include "sim/gemm/catalog/engines.h"

int main() {
  using namespace octavo;
  const bool same = formats::E4M3::from(1.0).code == 0x38 && scaling::default_recipe().rule.gemm.engine == "fp32" &&
                    formats::name(formats::spec("e4m3fn")) == "e4m3";
  std::printf("%s\n", sim::gemm::make_engine({"fp32"})->description().c_str());
  return same ? 0 : 1;
}
