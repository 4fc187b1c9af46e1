// picture_table.h: images that a CSV table names (RFC 4180, a header, columns in any order):
//
//   path     of the image file, from the table's folder                 also: file, image, filename
//   label    its class; without this column the classes are not known   also: class
//   split    as subset_named() (picture_list.h) takes it; rows without one are left out
//   group    of images that a division keeps together: a patient
//   circle   "x y r" around the lesion, in pixels of the file
//   box      "x0 y0 x1 y1" around it: columns x0 to x1 − 1, rows y0 to y1 − 1
//   mask     an image file of the same sides, not black in the lesion
#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "nn/data/source/picture_list.h"

namespace pellucid {

inline constexpr std::array<std::string_view, 4> kPathColumns = {"path", "file", "image",
                                                                 "filename"};
inline constexpr std::array<std::string_view, 2> kLabelColumns = {"label", "class"};

// Whether this is the name of a file that is taken for a table: one that ends in .csv.
bool is_table_name(const std::filesystem::path& path);

// least: classes that there must be, if it has labels. Throws Error "FILE:LINE: WHAT (found …; expected …)" for
// a table without a path column or without rows, a cell that is not what its column holds, a class without a
// usable name (check_class_name()), too few classes.
PictureList list_table(const std::filesystem::path& path, std::size_t least = 2);

}  // namespace pellucid
