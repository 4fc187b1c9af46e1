# Finds ISA-L by its headers and library: target ISAL::isal. The package has a pkg-config file only.
find_path(isal_INCLUDE_DIR isa-l/igzip_lib.h)
find_library(isal_LIBRARY isal)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(isal REQUIRED_VARS isal_LIBRARY isal_INCLUDE_DIR)
if(isal_FOUND AND NOT TARGET ISAL::isal)
  add_library(ISAL::isal UNKNOWN IMPORTED)
  set_target_properties(ISAL::isal PROPERTIES IMPORTED_LOCATION ${isal_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${isal_INCLUDE_DIR})
endif()
