// folder.h: anybody's images: a folder with one sub-folder of them for each class.
#pragma once

#include <filesystem>
#include <string>

#include "nn/data/dataset.h"

namespace pellucid {

// Of a folder with a sub-folder a class.
struct FolderOptions {
  int height = 224, width = 224;  // to which every image is resized, whatever its proportions
  int channels = 1;  // 1: grey, or the luma of colour; 3: colour, or grey as three equal planes
};

// The images of folder/CLASS/NAME in a format that is read (nn/data/codec), undivided, each at the depth of
// its file. Classes are the sub-folders' names in
// alphabetical order; an id is "CLASS.NAME" with _ for what cannot be in the name of a file on every
// system. Hidden files are left out. Images are shrunk by averaging whole pixels as far as a whole factor
// goes, then resized bilinearly. Uses every hardware thread; the result does not depend on their
// number. The notes of the set say, with the number of images, what reading them assumed.
// Throws Error naming the file: fewer than two classes, a class without images, a class name with a
// comma, a quote or a control character, another kind of file, an image that cannot be read, two
// images with one id; UsageError for channels other than 1 and 3.
Dataset load_folder(const std::filesystem::path& folder, const FolderOptions& options);

// Whether there is a sub-folder, and no Info.txt as in mini-MIAS.
bool is_class_folder(const std::filesystem::path& folder);

// A picture as load_folder makes it of a file: (height, width, channels).
Pixels read_picture(const std::filesystem::path& file, const FolderOptions& options);

}  // namespace pellucid
