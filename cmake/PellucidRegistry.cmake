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
