# Bugs that the fuzzers must find (scripts/fuzz planted): a reader's source with one place changed
# stands before the library's, which may be joined with what is needed of it.

# fuzz_planted_bug(number format file good bad): good stands once in `file`.
function(fuzz_planted_bug number format file good bad)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  file(READ ${PROJECT_SOURCE_DIR}/${file} text)
  string(FIND "${text}" "${good}" first)
  string(FIND "${text}" "${good}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "planted bug ${number}: \"${good}\" does not stand once in ${file}")
  endif()
  string(REPLACE "${good}" "${bad}" text "${text}")
  file(CONFIGURE OUTPUT planted_${number}.cpp CONTENT "${text}" @ONLY)
  fuzz_program(fuzz_planted_${number}_${format} ${format}
               ${CMAKE_CURRENT_BINARY_DIR}/planted_${number}.cpp)
  target_link_options(fuzz_planted_${number}_${format} PRIVATE -Wl,--allow-multiple-definition)
  set(planted ${planted} fuzz_planted_${number}_${format} PARENT_SCOPE)
endfunction()

# Pixels may be one byte short.
fuzz_planted_bug(1 pgm nn/data/codec/pnm_codec.cpp
                 "if (pixels.size() < expected)" "if (pixels.size() + 1 < expected)")
# libpng may read behind the end of a file that is cut short.
fuzz_planted_bug(2 png nn/data/codec/png_codec.cpp
                 "if (size > transfer.input.size()) png_error" "if (transfer.input.empty()) png_error")
# A row of two words has no class.
fuzz_planted_bug(3 mias_info nn/data/mias/mias_info.cpp
                 "if (words.size() < 3 ||" "if (words.size() < 2 ||")
# The product of a shape may overflow.
fuzz_planted_bug(4 npy runtime/formats/npy.cpp
                 "!__builtin_mul_overflow(parts.count, extent, &parts.count) &&"
                 "(parts.count *= extent) >= 0 &&")
# The last tensor may end behind the end of the file.
fuzz_planted_bug(5 safetensors runtime/formats/safetensors.cpp
                 "require(position == bytes.size() - result.data_begin_,"
                 "require(position >= bytes.size() - result.data_begin_,")
# A type is taken for a bit of a word without a look at how large it is.
fuzz_planted_bug(6 onnx nn/graph/onnx/onnx_node_reader.cpp
                 "parts.type >= 0 && parts.type <= 14" "parts.type >= 0 && parts.type <= 140")
# The bits of a tensor may overflow.
fuzz_planted_bug(7 onnx_tensor nn/graph/onnx/onnx_tensor.cpp
                 "product > kMostValues)" "(product > kMostValues && product < 0))")
# Of a type that there is not yet is asked how it is stored.
fuzz_planted_bug(8 onnx_tensor nn/graph/onnx/onnx_tensor_reader.cpp
                 "must(storage != nullptr," "must(storage != nullptr || parts.type > 28,")
# There may be fewer numbers than a shape says, or fewer bytes.
fuzz_planted_bug(9 onnx_tensor nn/graph/onnx/onnx_tensor_reader.cpp
                 "must_have(found, \"values\"," "if (found > count) must_have(found, \"values\",")
fuzz_planted_bug(10 onnx nn/graph/onnx/onnx_tensor_reader.cpp
                 "must_have(static_cast<std::int64_t>(parts.raw.size()), \"bytes\", raw_bytes(storage, count))" "")

add_custom_target(planted_bugs DEPENDS fuzz_seeds ${planted})
