# pellucid_add_cuda_sources(target file.cu…): adds each kernel file to `target` twice: through a
# generated file.emu.cpp for the emulator and, where CUDA is built, through nvcc. Files named
# *_vendor.cu call NVIDIA's libraries and have no emulated build.
function(pellucid_add_cuda_sources target)
  foreach(source IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    if(NOT source MATCHES "_vendor\\.cu$")
      cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE relative)
      string(REGEX REPLACE "\\.cu$" ".emu.cpp" generated ${PROJECT_BINARY_DIR}/emu/${relative})
      file(CONFIGURE OUTPUT ${generated} CONTENT
           "// Generated: the emulated build of ${relative}.\n#define PELLUCID_EMULATED 1\n#include \"${relative}\"\n")
      target_sources(${target} PRIVATE ${generated})
      set_property(SOURCE ${generated} APPEND PROPERTY OBJECT_DEPENDS ${source})
      # g++ 12 spends minutes in its superword pass on register-tiled kernels, for nothing.
      set_property(SOURCE ${generated} APPEND PROPERTY COMPILE_OPTIONS -fno-tree-slp-vectorize)
    endif()
    if(PELLUCID_HAS_CUDA)
      target_sources(${target} PRIVATE ${source})
    endif()
  endforeach()
  if(PELLUCID_HAS_CUDA)
    set_target_properties(${target} PROPERTIES CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON)
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CUDA>:-lineinfo;--expt-relaxed-constexpr;-Xcompiler=-Wall>")
    if(PELLUCID_WERROR)
      target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>")
    endif()
    if(PELLUCID_PTXAS_REPORT)
      target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:-Xptxas=-v>")
    endif()
  endif()
endfunction()
option(PELLUCID_PTXAS_REPORT "Let ptxas print each kernel's registers, spills and shared memory" OFF)
