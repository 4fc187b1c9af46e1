// dataset_csv.h: a set without the steps of mini-MIAS' preparation as a table.
#pragma once

#include <string>

#include "nn/data/dataset.h"

namespace pellucid {

// A line a sample, with the columns of nn/data/mias/mias_csv.h; those that only mini-MIAS has are empty.
std::string dataset_csv(const Dataset& dataset);

}  // namespace pellucid
