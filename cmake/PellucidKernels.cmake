# pellucid_add_kernels(target file.cu…): each kernel file twice in `target`: through a generated
# file.emu.cpp for the emulator and, where CUDA is built, through nvcc. The nvcc objects are a target
# of their own, ${target}_cuda, so that they can be built and checked alone; ${target}_emulated names
# the generated files. nvcc gets the files of a folder as one, through a generated folder.cu: it reads
# the headers seven times, which takes longer than most kernels. Files named *_vendor.cu or *_cuda.cu
# call NVIDIA's libraries, have no emulated build, and stay alone.
function(pellucid_add_kernels target)
  foreach(source IN LISTS ARGN)
    if(source MATCHES "_(vendor|cuda)\\.cu$")
      list(APPEND for_nvcc ${source})
      continue()
    endif()
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE relative)
    cmake_path(GET relative PARENT_PATH folder)
    list(APPEND folders ${folder})
    string(MAKE_C_IDENTIFIER ${folder} id)
    string(APPEND includes_${id} "#include \"${relative}\"\n")
    string(REGEX REPLACE "\\.cu$" ".emu.cpp" generated ${PROJECT_BINARY_DIR}/emu/${relative})
    file(CONFIGURE OUTPUT ${generated} CONTENT
         "// Generated: the emulated build of ${relative}.\n#define PELLUCID_EMULATED 1\n#include \"${relative}\"\n")
    list(APPEND emulated ${generated})
    set_property(SOURCE ${generated} APPEND PROPERTY OBJECT_DEPENDS ${source})
    # g++ 12 spends minutes in its superword pass on register-tiled kernels, for nothing.
    set_property(SOURCE ${generated} APPEND PROPERTY COMPILE_OPTIONS -fno-tree-slp-vectorize)
  endforeach()
  target_sources(${target} PRIVATE ${emulated})
  set(${target}_emulated ${emulated} PARENT_SCOPE)
  if(PELLUCID_HAS_CUDA)
    list(REMOVE_DUPLICATES folders)
    foreach(folder IN LISTS folders)
      string(MAKE_C_IDENTIFIER ${folder} id)
      set(generated ${PROJECT_BINARY_DIR}/cuda/${folder}.cu)
      file(CONFIGURE OUTPUT ${generated} CONTENT "// Generated: the kernels of ${folder}.\n${includes_${id}}")
      list(APPEND for_nvcc ${generated})
    endforeach()
    add_library(${target}_cuda OBJECT ${for_nvcc})
    target_include_directories(${target}_cuda PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${target}_cuda PRIVATE PELLUCID_HAS_CUDA)
    target_compile_options(${target}_cuda PRIVATE -lineinfo --expt-relaxed-constexpr -Xcompiler=-Wall
                           -Xptxas=-v)
    set_target_properties(${target}_cuda PROPERTIES
                          CUDA_COMPILER_LAUNCHER ${PROJECT_SOURCE_DIR}/scripts/keep-ptxas-report)
    if(PELLUCID_WERROR)
      target_compile_options(${target}_cuda PRIVATE -Werror=all-warnings)
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_cuda>)
  endif()
endfunction()

# pellucid_count_accesses(target): the kernels of `target` report their accesses to
# runtime/emulator/traffic. Which accesses there are depends on the optimisation, so it is the same in
# every build. An access that ends a function would be a jump, which hides its place.
function(pellucid_count_accesses target)
  target_compile_definitions(${target} PRIVATE PELLUCID_COUNT_ACCESSES)
  target_compile_options(${target} PRIVATE -O2 -DNDEBUG -fno-tree-slp-vectorize
    -fno-optimize-sibling-calls -fsanitize=thread
    --param=tsan-instrument-func-entry-exit=0)
endfunction()
