# pellucid_joined_tests(name out source…): in the list `out` the sources of a test program, where presets join
# files (CMAKE_UNITY_BUILD) six at a time through a generated file; most of a test's time to build is templates
# that it shares with the next. Tests have helpers of the same names, so each file has a namespace of its own:
#
#   #include …                            every header of the six
#   namespace tests_nn_a_test {
#   #include "tests/nn/a_test.cpp"        whose headers are there already
#   }
#
# A file that opens a namespace with a name, specialises a template or has directives beside its includes stays
# alone.
function(pellucid_joined_tests name out)
  set(alone "^(namespace [a-z]|template <>|extern |[ \t]*#[ \t]*(if|define|undef|pragma))")
  set(sources)
  set(headers)
  set(bodies)
  set(joined 0)
  set(number 0)
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} reasons REGEX "${alone}")
    if(reasons)
      list(APPEND sources ${source})
      continue()
    endif()
    file(STRINGS ${source} includes REGEX "^#include ")
    list(APPEND headers ${includes})
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE relative)
    string(REGEX REPLACE "\\.cpp$" "" id ${relative})
    string(MAKE_C_IDENTIFIER ${id} id)
    string(APPEND bodies "namespace ${id} {\n#include \"${relative}\"\n}\n")
    # What it includes is known again when it is edited.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    math(EXPR joined "${joined} + 1")
    if(joined EQUAL 6)
      pellucid_write_joined_tests()
    endif()
  endforeach()
  if(joined)
    pellucid_write_joined_tests()
  endif()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

macro(pellucid_write_joined_tests)
  list(REMOVE_DUPLICATES headers)
  list(JOIN headers "\n" lines)
  set(file ${PROJECT_BINARY_DIR}/joined/${name}_${number}.cpp)
  file(CONFIGURE OUTPUT ${file} CONTENT "// Generated: tests of ${name}.\n${lines}\n\n${bodies}" @ONLY)
  list(APPEND sources ${file})
  set(headers)
  set(bodies)
  set(joined 0)
  math(EXPR number "${number} + 1")
endmacro()
