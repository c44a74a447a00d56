// The studies of octavo run: each a function from a workshop to tables and the claims that they show.
#pragma once

#include <span>
#include <string_view>

#include "experiments/store/runs/tables.h"
#include "experiments/studies/workshop/workshop.h"

namespace octavo::experiments::studies {

struct Study {
  std::string_view name;
  std::string_view item;     ///< of arXiv 2309.17224 (P1): tables, figures, or a claim of its text
  std::string_view about;    ///< in a few words
  std::string_view minutes;  ///< estimated, at the default size on two cores, from an empty cache
  store::Tables (*tables)(Workshop& workshop);
};

std::span<const Study> studies();

}  // namespace octavo::experiments::studies
