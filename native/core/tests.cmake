add_library(testing STATIC core/testing/level_wide.cc)
target_link_libraries(testing PUBLIC core)
# Vectors wider than the target's; many small loops, which -O3 compiles for a minute.
target_compile_options(testing PRIVATE -O1 -Wno-psabi)

foreach(name cpu/matmul cpu/bf16_matmul cpu/casts cpu/shard_matmul cpu/elementary cpu/rows cpu/optimizers cpu/attention
    cpu/map cpu/softmax cpu/program cpu/program_refusals cpu/program_fuzz
    cpu/pieces
    thread/lanes)
  string(REPLACE "/" "_" target "${name}_test")
  add_executable(${target} core/${name}_test.cc)
  target_link_libraries(${target} PRIVATE testing)
  add_test(NAME ${target} COMMAND ${target})
endforeach()

# One test asks for more memory than there is and wants the refusal.
set_tests_properties(cpu_program_test PROPERTIES
  ENVIRONMENT ASAN_OPTIONS=allocator_may_return_null=1)

# KERNELS-H2, on the objects themselves. Sanitizers add symbols of their own.
if(NOT GANGLION_SANITIZE AND CMAKE_NM)
  foreach(level IN LISTS levels)
    add_test(NAME symbols_${level} COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM}
      -DOBJECT=$<TARGET_OBJECTS:level_${level}> -P ${CMAKE_SOURCE_DIR}/core/symbols.cmake)
  endforeach()
endif()
