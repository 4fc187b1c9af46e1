// file.h: the file seam. All reading and writing of whole files goes through here, so that a reader
// never sees half a file and "saved" means durable: write beside, fsync, rename, fsync the folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pellucid {

// Whole file; throws Error naming the path if it is missing, unreadable, or larger than `limit` bytes.
std::vector<std::byte> read_file(const std::filesystem::path& path,
                                 std::size_t limit = std::size_t{4} << 30);
std::string read_text_file(const std::filesystem::path& path,
                           std::size_t limit = std::size_t{256} << 20);

// Replaces `path` by `bytes`, durably and atomically; parent folders are made. On any failure the
// old file is untouched, the temporary file is removed, and Error says what failed.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_text_file(const std::filesystem::path& path, std::string_view text);

}  // namespace pellucid
