#include "explain/record/figures.h"

namespace pellucid {

const std::vector<MapFigure>& map_figures() {
  static const std::vector<MapFigure> figures = {
      {"pointing_game", "pointing game", 1, true},
      {"mass_accuracy", "mass accuracy", 1, true, true},
      {"rank_accuracy", "rank accuracy", 1, true, true},
      {"deletion_auc", "deletion AUC", -1, true, true},
      {"insertion_auc", "insertion AUC", 1, true, true},
      {"road_morf", "ROAD MoRF", -1},
      {"road_lerf", "ROAD LeRF", 1},
      {"road_combined", "ROAD", 1, true, true},
      {"sparseness", "sparseness", 0, false, true},
      {"complexity", "complexity", 0, false, true},
      {"sensitivity_max", "sensitivity-max", -1, false, true},
      {"seconds", "seconds", -1, true},
      {"forwards", "forwards", -1, true}};
  return figures;
}

}  // namespace pellucid
