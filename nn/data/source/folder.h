// folder.h: anybody's images in a folder, in the layouts that other tools read:
//
//   FOLDER/CLASS/…/NAME          a sub-folder a class
//   FOLDER/train/CLASS/…/NAME    divided already: train (training), valid (val, validation, dev), test (testing)
//   FOLDER/NAME                  pictures whose classes are not known
#pragma once

#include <filesystem>

#include "nn/data/source/picture_list.h"

namespace pellucid {

// What is there, by the layout that fits. Classes are the sub-folders' names in alphabetical order, of all three
// subsets; a picture's name is its path in the folder with dots for slashes and no extension. Throws Error naming
// the folder: too few classes, a class without images, a class name with a comma, a quote or a control
// character, or one that is not UTF-8; no image anywhere, with what was found. least: classes that there must be.
PictureList list_folder(const std::filesystem::path& folder, std::size_t least = 2);
// All images of a folder and of the folders in it, without classes.
PictureList list_pictures(const std::filesystem::path& folder);

}  // namespace pellucid
