foreach(name cpu/matmul cpu/elementary cpu/rows cpu/elementwise cpu/program)
  string(REPLACE "/" "_" target "${name}_test")
  add_executable(${target} core/${name}_test.cc)
  target_link_libraries(${target} PRIVATE core)
  add_test(NAME ${target} COMMAND ${target})
endforeach()

# KERNELS-H2, on the objects themselves. Sanitizers add symbols of their own.
if(NOT GANGLION_SANITIZE AND CMAKE_NM)
  foreach(level IN LISTS levels)
    add_test(NAME symbols_${level} COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM}
      -DOBJECT=$<TARGET_OBJECTS:level_${level}> -P ${CMAKE_SOURCE_DIR}/core/symbols.cmake)
  endforeach()
endif()
