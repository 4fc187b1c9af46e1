# Language, warnings, instruction set, sanitizers.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")

set(PELLUCID_CUDA AUTO CACHE STRING "Build the CUDA device: AUTO (if nvcc is found), ON, OFF")
option(PELLUCID_NATIVE "Compile host code for this machine alone" OFF)
option(PELLUCID_WERROR "Treat warnings as errors: for CI, since each new compiler has new ones" OFF)
set(PELLUCID_SANITIZER "" CACHE STRING
    "Empty, address (with undefined behaviour; from clang with fuzzers) or thread")
set_property(CACHE PELLUCID_SANITIZER PROPERTY STRINGS "" address thread)

# The flags of all host code; a library so that nvcc's host passes do not get them.
add_library(pellucid_flags INTERFACE)
target_include_directories(pellucid_flags INTERFACE ${PROJECT_SOURCE_DIR})
set(host_flags -Wall -Wextra -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND host_flags -Wshadow)  # clang's takes for outer names what stands in another of the joined files
else()
  # As g++ does: multiply-adds are fused, which bounds of errors rely on, but where a target says otherwise.
  string(APPEND CMAKE_CXX_FLAGS " -ffp-contract=fast")
endif()
if(PELLUCID_WERROR)
  list(APPEND host_flags -Werror)
endif()
set(PELLUCID_INSTRUCTION_SET ${CMAKE_SYSTEM_PROCESSOR})
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(PELLUCID_INSTRUCTION_SET x86-64-v3)
  if(NOT CMAKE_CROSSCOMPILING)
    include(CheckCXXSourceRuns)
    check_cxx_source_runs("int main() { return !(__builtin_cpu_supports(\"avx2\") &&
      __builtin_cpu_supports(\"fma\") && __builtin_cpu_supports(\"bmi2\")); }" PELLUCID_HAS_AVX2)
    if(NOT PELLUCID_HAS_AVX2)
      set(PELLUCID_INSTRUCTION_SET x86-64)
      message(NOTICE "This processor has no AVX2 with FMA: building for x86-64, which is several times "
                     "slower and rounds each product")
    endif()
  endif()
  if(PELLUCID_NATIVE)
    set(PELLUCID_INSTRUCTION_SET native)
  endif()
  list(APPEND host_flags -march=${PELLUCID_INSTRUCTION_SET})
  if(PELLUCID_INSTRUCTION_SET STREQUAL "x86-64")
    # Vectors of 32 bytes are passed between functions of one build only.
    list(APPEND host_flags -Wno-psabi)
  endif()
endif()
if(PELLUCID_SANITIZER STREQUAL "address")
  list(APPEND host_flags -fsanitize=address,undefined -fno-sanitize-recover=undefined
       -fno-omit-frame-pointer)
  target_link_options(pellucid_flags INTERFACE -fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(PELLUCID_HAS_FUZZERS ON)  # libFuzzer is clang's
    # What lies behind the end of a vector is poisoned even where it has room to grow.
    list(APPEND host_flags -D_GLIBCXX_SANITIZE_VECTOR)
  endif()
elseif(PELLUCID_SANITIZER STREQUAL "thread")
  list(APPEND host_flags -fsanitize=thread)
  target_link_options(pellucid_flags INTERFACE -fsanitize=thread)
elseif(NOT PELLUCID_SANITIZER STREQUAL "")
  message(FATAL_ERROR "PELLUCID_SANITIZER is empty, address or thread, not '${PELLUCID_SANITIZER}'")
endif()
target_compile_options(pellucid_flags INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${host_flags}>")

# Whether kernels can be compiled with their accesses counted (pellucid_count_accesses): the committed
# counts are those of g++ for x86-64-v3, and a sanitizer has entry points of its own.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT PELLUCID_SANITIZER AND PELLUCID_INSTRUCTION_SET STREQUAL "x86-64-v3")
  set(PELLUCID_HAS_COUNTS ON)
endif()

# For code that only orders work about (nn, explain, apps, tests): what it would gain from -O2 (least of four
# interleaved rounds on one pinned thread: 0.2 % of training, -0.2 to 1.3 % of LIME and Kernel SHAP, 2.6 % of
# their one-by-one forms) does not pay for the build, which takes 9 % more.
add_library(pellucid_light_optimisation INTERFACE)
target_compile_options(pellucid_light_optimisation INTERFACE
                       "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-O1>")
if(PELLUCID_SANITIZER)
  # What a sanitizer adds takes a compiler twice as long to optimise as it takes to run.
  target_compile_options(pellucid_light_optimisation INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:-O0>")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 takes std::string's own copies for overflows there.
  target_compile_options(pellucid_light_optimisation INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-restrict>")
endif()
