# pellucid_add_registry(target HEADER TYPE SUFFIX FUNCTION file.cpp…): the table of what registers itself. A
# file that defines `const TYPE NAME_SUFFIX` is in the table of that name, in alphabetical order; the
# generated file defines `const std::vector<const TYPE*>& FUNCTION()`, which HEADER declares.
function(pellucid_add_registry target header type suffix function)
  set(declarations "")
  set(entries "")
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} lines REGEX "^const ${type} [a-z0-9_]+_${suffix}[{ ]")
    foreach(line IN LISTS lines)
      string(REGEX MATCH "[a-z0-9_]+_${suffix}" name "${line}")
      list(APPEND names ${name})
    endforeach()
    if(lines)
      # They are alike by design, down to the names of their local functions.
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  list(SORT names)
  foreach(name IN LISTS names)
    string(APPEND declarations "extern const ${type} ${name};\n")
    string(APPEND entries " &${name},")
  endforeach()
  set(generated ${PROJECT_BINARY_DIR}/registry/${function}.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT
       "// Generated: every ${type} that a file of its room defines.
#include \"${header}\"

namespace pellucid {

${declarations}
const std::vector<const ${type}*>& ${function}() {
  static const std::vector<const ${type}*> all{${entries}};
  return all;
}

}  // namespace pellucid
")
  target_sources(${target} PRIVATE ${generated})
endfunction()

# pellucid_add_operators(target header.h…): the table of every operator, from the headers that declare
# `const VariantTable<…>& NAME_variants();`. The generated file defines all_operators(), which
# kernels/operators.h declares.
function(pellucid_add_operators target)
  set(includes "")
  set(entries "")
  foreach(header IN LISTS ARGN)
    file(STRINGS ${header} lines REGEX "^const VariantTable<[A-Za-z0-9]+>& [a-z0-9_]+_variants\\(\\);")
    if(NOT lines)
      continue()
    endif()
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    string(APPEND includes "#include \"${header}\"\n")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE ".*& ([a-z0-9_]+)_variants\\(\\);.*" "\\1" name "${line}")
      list(APPEND names ${name})
    endforeach()
  endforeach()
  list(SORT names)
  foreach(name IN LISTS names)
    string(APPEND entries "      describe_operator(${name}_variants()),\n")
  endforeach()
  set(generated ${PROJECT_BINARY_DIR}/registry/all_operators.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT
       "// Generated: every operator that a header of kernels/ declares.
#include \"kernels/operators.h\"

${includes}
namespace pellucid {

const std::vector<OperatorInfo>& all_operators() {
  static const std::vector<OperatorInfo> all{
${entries}  };
  return all;
}

}  // namespace pellucid
")
  target_sources(${target} PRIVATE ${generated})
endfunction()
