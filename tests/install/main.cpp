// Uses one thing of each room.
#include <octavo/formats/catalog.h>
#include <octavo/formats/float.h>
#include <octavo/scaling/recipe/recipe.h>
#include <octavo/sim/gemm/catalog/engines.h>
#include <cstdio>

#if __has_include("formats/catalog.h") || __has_include("sim/gemm/catalog/engines.h")
#error the rooms are reached without octavo/ before them, where a folder of the project could take their place
#endif

int main() {
  using namespace octavo;
  const bool same = formats::E4M3::from(1.0).code == 0x38 && scaling::default_recipe().rule.gemm.engine == "fp32" &&
                    formats::name(formats::spec("e4m3fn")) == "e4m3";
  std::printf("%s\n", sim::gemm::make_engine({"fp32"})->description().c_str());
  return same ? 0 : 1;
}
