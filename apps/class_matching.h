// class_matching.h: the classes of any data as those of a model, by name.
#pragma once

#include <map>
#include <string>

#include "nn/data/dataset.h"
#include "nn/train/checkpoint.h"

namespace pellucid {

// Of a class of the data the class of the model that it is; what is not in it keeps its name.
using ClassMap = std::map<std::string, std::string>;

// "a=b,c=b"; several may become one. Throws UsageError for a part without a name on either side of its last
// "=", or a name on the left that comes twice.
ClassMap parse_class_map(const std::string& text);

// Relabels the samples, which then have the model's classes in the model's order; a class of which there is
// no sample is absent and no error. A model that names no classes leaves the data as they are, and so do
// data without classes. Throws UsageError for a name in `map` that the data or the model do not know; Error
// for a class of the data that the model does not have.
void match_classes(const Model& model, const ClassMap& map, Dataset& dataset);

}  // namespace pellucid
