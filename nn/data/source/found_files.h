// found_files.h: the image files that a folder holds, and what else lies there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pellucid {

// The image files of a folder and its sub-folders, in the order of their paths, and what else is there. Hidden
// files, and files and folders that operating systems leave behind, are passed over.
struct FoundFiles {
  std::vector<std::filesystem::path> images, others;
};
FoundFiles find_files(const std::filesystem::path& folder);

// Whether an operating system left a file or folder of this name behind: "Thumbs.db", "__MACOSX", ".hidden".
bool is_system_name(const std::string& name);

// "3 files are no images and left out (the first: notes.txt)", or nothing.
std::vector<std::string> notes_of_others(const std::vector<std::filesystem::path>& others);

}  // namespace pellucid
