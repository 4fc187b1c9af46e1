// readers.h: what tests/hostile calls to read a file of a format, one source file for the readers of a
// room, so that a fuzzer links no more than the room that it fuzzes.
//
// Each reads the file as the programs do. What was read is written and, where that is possible without
// another file, read again. Throws Error for what is wrong with the file, and nothing else.
#pragma once

#include <filesystem>
#include <stdexcept>

namespace pellucid::test {

using Path = std::filesystem::path;

// files.cpp: runtime/formats
void load_json(const Path& path);
void load_safetensors(const Path& path);
void load_npy(const Path& path);
// data.cpp: nn/data
void load_image(const Path& path);
void load_mias_info(const Path& path);
void load_split(const Path& path);
void load_packed(const Path& path);
// segments.cpp: explain/masks/segments.h
void load_labels(const Path& path);
// records.cpp: what the programs of apps read of their own
void load_json_lines(const Path& path);
void load_image_record(const Path& path);
// networks.cpp: nn/graph and nn/train, which cannot be had without the kernels
void load_model(const Path& path);
void load_checkpoint(const Path& path);
void load_run(const Path& path);
// onnx.cpp: nn/graph/onnx, the files alone
void load_onnx(const Path& path);
void load_onnx_tensor(const Path& path);

// inspected.cpp: any of these, for what it is
void load_inspected(const Path& path);

// For what is no Error of the file, but of the reader or writer.
inline void expect(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

}  // namespace pellucid::test
