# The seeded bugs, each in the build that finds it: the text that must appear is the sanitizer's or the
# emulator's own. `clean` runs the correct kernels in every build, and nothing may be reported.
add_executable(seeded_bugs ${CMAKE_CURRENT_LIST_DIR}/seeded_bugs.cpp)
target_link_libraries(seeded_bugs PRIVATE pellucid_runtime)

# pellucid_seeded_bug(name regex)
function(pellucid_seeded_bug name regex)
  add_test(NAME seeded_bugs.${name} COMMAND seeded_bugs ${name})
  set_tests_properties(seeded_bugs.${name} PROPERTIES LABELS emulator TIMEOUT ${hang}
                       PASS_REGULAR_EXPRESSION "${regex}")
endfunction()

# Nothing but "clean": a sanitizer's report on standard error fails it.
add_test(NAME seeded_bugs.clean COMMAND seeded_bugs clean)
set_tests_properties(seeded_bugs.clean PROPERTIES LABELS emulator TIMEOUT ${hang}
                     FAIL_REGULAR_EXPRESSION "WARNING: |ERROR: |runtime error: |error: ")

set(file "tests/runtime/emulator/kernels\\.h:[0-9]+")
# A sanitizer names the function, but not the line in each build: g++ 12's symbolizer does not find it
# for some inline functions and templates.
if(PELLUCID_SANITIZER STREQUAL "thread")
  pellucid_seeded_bug(missing_barrier "data race .* in .*tiled_product")
  pellucid_seeded_bug(reused_buffer "data race .* in .*reduce_twice")
  pellucid_seeded_bug(plain_histogram "data race .* in .*histogram")
  pellucid_seeded_bug(blocks_add_to_one_word "data race .* in .*add_across_blocks")
elseif(PELLUCID_SANITIZER STREQUAL "address")
  pellucid_seeded_bug(global_out_of_bounds "heap-buffer-overflow.* in .*out_of_bounds")
  pellucid_seeded_bug(dynamic_shared_out_of_bounds
                      "use-after-poison.* in .*reverse_in_dynamic_shared")
  pellucid_seeded_bug(shared_out_of_bounds
                      "${file}.*index 32 out of bounds for type 'int ?\\[32\\]'")
endif()

pellucid_seeded_bug(half_block
  "block \\(0, 0, 0\\): part of the block skips a barrier: threads 0–63 wait in __syncthreads\\(\\) at ${file}, threads 64–127 wait in __syncthreads\\(\\) at ${file}")
pellucid_seeded_bug(barrier_and_shuffle
  "threads 0–63 wait in __syncthreads\\(\\) at ${file}, threads 64–79 wait in a shuffle at ${file}")
pellucid_seeded_bug(early_return
  "a shuffle at ${file} names lanes 8–31 of warp 1, which have exited: threads 32–39 wait")
pellucid_seeded_bug(source_lane
  "asks for lane [0-9]+ in a shuffle at ${file}, which is outside the mask 0xffff")
pellucid_seeded_bug(illegal_launch "at most 1024 threads, got 1056")
pellucid_seeded_bug(stack_overflow
  "kernel stack_overflow, block \\(0, 0, 0\\): thread 37 overflows its stack")
