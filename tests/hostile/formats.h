// formats.h: for every format that is read, files that are wrong and what is said of each. The tests
// hold the readers to the verdicts; tests/fuzz starts from the same files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid::test {

struct HostileFile {
  std::string name;   // unique in its format
  std::string bytes;  // the whole file
  // The message of the Error, with FILE for the path: "FILE: WHAT (found …; expected …)". Empty: odd,
  // but read. "(found …;" stands for what a library says in its own words.
  std::string verdict;
  std::string other_verdict = {};  // as a newer version of the library words it; empty: the same
};

struct Format {
  const char* name;
  const char* extension;
  std::vector<HostileFile> (*files)();
  // tests/hostile/readers/readers.h
  void (*load)(const std::filesystem::path&);
};

const std::vector<Format>& formats();
const Format& format(std::string_view name);  // throws Error if there is none

// Of a file that begins as no image does: `found` as the message shows it.
std::string no_image(const std::string& found);

std::vector<HostileFile> hostile_pgm();
std::vector<HostileFile> hostile_bmp();
std::vector<HostileFile> hostile_dicom();
std::vector<HostileFile> hostile_png();
std::vector<HostileFile> hostile_jpeg();
std::vector<HostileFile> hostile_tiff();
std::vector<HostileFile> hostile_mias_info();
std::vector<HostileFile> hostile_split();
std::vector<HostileFile> hostile_json();
std::vector<HostileFile> hostile_json_lines();
std::vector<HostileFile> hostile_image_record();
std::vector<HostileFile> hostile_model();
std::vector<HostileFile> hostile_safetensors();
std::vector<HostileFile> hostile_checkpoint();
std::vector<HostileFile> hostile_run();
std::vector<HostileFile> hostile_packed();
std::vector<HostileFile> hostile_npy();
std::vector<HostileFile> hostile_onnx();
std::vector<HostileFile> hostile_onnx_tensor();
std::vector<HostileFile> hostile_labels();
std::vector<HostileFile> hostile_label_image();
std::vector<HostileFile> hostile_inspected();

}  // namespace pellucid::test
