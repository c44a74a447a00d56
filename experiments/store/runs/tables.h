// The tables of a run file: the list of all that there are.
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "experiments/store/runs/rows/eval_rows.h"
#include "experiments/store/runs/rows/product_rows.h"
#include "experiments/store/runs/rows/study_rows.h"
#include "experiments/store/runs/rows/sweep_rows.h"
#include "experiments/store/runs/rows/tensor_rows.h"

namespace octavo::experiments::store {

/// Tables by the type of their rows. A row is a struct with kTable, its table's name under /tables, and visit(row, f),
/// which calls f(column name, member) in the order of the columns, for a row that is const or not.
template <class... Rows>
class TableList {
 public:
  TableList() = default;

  /// The tables of these rows; the others are empty.
  template <class... Some>
  explicit TableList(std::vector<Some>... some) {
    ((of<Some>() = std::move(some)), ...);
  }

  template <class Row>
  std::vector<Row>& of() {
    return std::get<std::vector<Row>>(tables_);
  }
  template <class Row>
  const std::vector<Row>& of() const {
    return std::get<std::vector<Row>>(tables_);
  }

  /// f(name, rows) for each table that has rows, in the order of the list.
  template <class Visitor>
  void visit(Visitor&& f) const {
    const auto one = [&]<class Row>(const std::vector<Row>& rows) {
      if (!rows.empty()) f(std::string(Row::kTable), rows);
    };
    (one(of<Rows>()), ...);
  }

 private:
  std::tuple<std::vector<Rows>...> tables_;
};

/// Every table, in the order of the file. A new one is a row and its line here.
using Tables = TableList<SweepRow, IntervalRow, EvalRow, EngineRow, LayerEngineRow, QuantizeRow, AccumulationRow,
                         AccumulationModelRow, FormatRow,  //
                         OutcomeRow, BiasIntervalRow, TensorBiasRow, LossCurveRow, OverflowRow, LossScaleRow,
                         LostGradientRow, ClaimRow>;

}  // namespace octavo::experiments::store
