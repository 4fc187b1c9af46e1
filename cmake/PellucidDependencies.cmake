# Every library Pellucid needs, each with the Debian/Ubuntu package that brings it. CUDA, OpenMP and
# oneDNN are used where present; anything else that is missing is an error naming its package.
function(pellucid_require target package)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "Pellucid needs ${target}; install it with: apt-get install ${package}")
  endif()
endfunction()

find_package(Threads REQUIRED)

find_package(Boost 1.71 QUIET CONFIG COMPONENTS context)
pellucid_require(Boost::context libboost-context-dev)
find_package(fmt QUIET)
pellucid_require(fmt::fmt libfmt-dev)
find_package(PNG QUIET)
pellucid_require(PNG::PNG libpng-dev)
find_package(nlohmann_json QUIET)
pellucid_require(nlohmann_json::nlohmann_json nlohmann-json3-dev)
find_package(CLI11 QUIET)
pellucid_require(CLI11::CLI11 libcli11-dev)
find_package(Eigen3 3.4 QUIET NO_MODULE)
pellucid_require(Eigen3::Eigen libeigen3-dev)
find_package(doctest QUIET)
pellucid_require(doctest::doctest doctest-dev)

# ThreadSanitizer does not understand libgomp's barriers, nor oneDNN, which is not instrumented.
if(NOT PELLUCID_SANITIZER STREQUAL "thread")
  find_package(OpenMP QUIET COMPONENTS CXX)
  find_package(dnnl QUIET MODULE)
endif()

# oneDNN is used if cmake/onednn_check.cpp compiles with it and runs; any other is left out, which costs
# the cpu device some speed and nothing else.
set(PELLUCID_HAS_ONEDNN OFF)
if(dnnl_FOUND)
  set(check ${CMAKE_BINARY_DIR}/onednn_check ${PROJECT_SOURCE_DIR}/cmake/onednn_check.cpp
      CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${PROJECT_SOURCE_DIR} LINK_LIBRARIES DNNL::dnnl
      CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  if(CMAKE_CROSSCOMPILING)
    try_compile(PELLUCID_ONEDNN_COMPILES ${check})
    set(PELLUCID_ONEDNN_RUNS 0)
  else()
    try_run(PELLUCID_ONEDNN_RUNS PELLUCID_ONEDNN_COMPILES ${check})
  endif()
  if(NOT PELLUCID_ONEDNN_COMPILES)
    set(problem "does not build with it")
  elseif(NOT PELLUCID_ONEDNN_RUNS EQUAL 0)
    set(problem "does not run with it")
  else()
    set(PELLUCID_HAS_ONEDNN ON)
  endif()
endif()
if(PELLUCID_HAS_ONEDNN)
  message(STATUS "oneDNN ${dnnl_VERSION}: the cpu device uses it")
elseif(dnnl_FOUND)
  message(NOTICE "oneDNN ${dnnl_VERSION}: left out (cmake/onednn_check.cpp ${problem})")
  unset(dnnl_VERSION)
else()
  message(NOTICE "oneDNN: not used (apt-get install libdnnl-dev makes the cpu device faster)")
endif()

set(PELLUCID_HAS_CUDA OFF)
if(NOT PELLUCID_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    # The default build runs on every GPU since Turing; one architecture is enough for development.
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90 CACHE STRING
          "GPU architectures; the last one also as PTX")
    endif()
    enable_language(CUDA)
    if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake before 3.25.2
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    endif()
    find_package(CUDAToolkit REQUIRED)
    set(PELLUCID_HAS_CUDA ON)
  elseif(PELLUCID_CUDA STREQUAL "ON")
    message(FATAL_ERROR "PELLUCID_CUDA=ON, but no nvcc was found; install the CUDA Toolkit or set "
                        "CUDACXX to its nvcc")
  endif()
endif()
message(STATUS "CUDA: ${PELLUCID_HAS_CUDA}")
