# The emulator switches stacks by hand, which a compiler's choices can break or hide: its tests run at
# -O0, -O2 and -O3, whatever the build type. Only the emulator and its tests are compiled again; a
# program's own objects come before those of the same name in pellucid_runtime.
file(GLOB emulator_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/runtime/emulator/*.cpp)
file(GLOB emulator_test_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_test.cpp)
foreach(level O0 O2 O3)
  set(program emulator_tests_${level})
  add_executable(${program} ${emulator_sources} ${emulator_test_sources})
  # After the flags of the build type, so this one counts.
  target_compile_options(${program} PRIVATE -${level})
  target_link_libraries(${program} PRIVATE pellucid_test_support Boost::context)
  foreach(order forward reversed)
    add_test(NAME ${program}.${order} COMMAND ${program} --order ${order})
    set_tests_properties(${program}.${order} PROPERTIES LABELS emulator TIMEOUT ${hang})
  endforeach()
endforeach()
