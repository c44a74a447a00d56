// Writing products.
#include "experiments/store/runs/product_file.h"

#include <fmt/format.h>

#include "experiments/store/hdf5/file.h"
#include "experiments/store/hdf5/table.h"
#include "experiments/store/provenance.h"
#include "experiments/store/replacement.h"
#include "messages/error.h"

namespace octavo::experiments::store {
namespace {

void write_operand(const Group& group, const ProductOperand& operand) {
  group.set("name", operand.name);
  group.set("sha256", operand.sha256);
  group.set("format", operand.format);
  group.set("scaling", operand.scaling);
  group.set("bias", operand.bias);
  group.set("rows", operand.rows);
  group.set("depth", operand.depth);
  group.set("nan", operand.nan);
  group.set("infinite", operand.infinite);
}

}  // namespace

void write_products(const std::filesystem::path& path, const ProductFile& content) {
  Replacement replacement(path);
  File file = File::create(replacement.temporary(), path.string());
  {
    const Group root = file.root();
    root.set("schema", kProductsSchema);
    root.set("schema_version", std::int32_t{1});
    root.set("program_version", build().program_version);
    root.set("git_commit", build().git_commit);
    root.set("compiler", build().compiler);
    root.set("compiler_flags", build().compiler_flags);
    root.set("command", content.command);
    root.set("reference", content.reference);
    const Group operands = root.create("operands");
    write_operand(operands.create("a"), content.a);
    write_operand(operands.create("b"), content.b);
    const Group products = root.create("products");
    const Shape shape{static_cast<std::uint64_t>(content.a.rows), static_cast<std::uint64_t>(content.b.rows)};
    for (std::size_t i = 0; i < content.rows.size(); ++i) {
      const Group product = products.create(std::to_string(i));
      product.set("engine", content.rows[i].engine);
      product.set("product", content.rows[i].product);
      product.write<float>("d", content.d[i], shape);
    }
    write_table<ProductRow>(root.create("tables"), "products", content.rows);
  }
  file.close();
  replacement.commit();
}

}  // namespace octavo::experiments::store
