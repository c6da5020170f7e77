# libsinew.so: all of the public API but compiling and exporting, in one library that depends on little. What it exports is what
# packaging/abi/libsinew.map lists, and nothing else: tests/install/abi_test.py compares.

# sinew_collect_libraries(NAME FOUND): appends the folder's library NAME, and all that it stands on, to the list FOUND.
function(sinew_collect_libraries NAME FOUND)
  set(found ${${FOUND}} ${NAME})
  get_target_property(libraries ${NAME} LINK_LIBRARIES)
  foreach(LIBRARY ${libraries})
    if(LIBRARY MATCHES "^sinew_" AND NOT LIBRARY STREQUAL "sinew_options" AND NOT LIBRARY IN_LIST found)
      sinew_collect_libraries(${LIBRARY} found)
    endif()
  endforeach()
  set(${FOUND} ${found} PARENT_SCOPE)
endfunction()
set(SINEW_RUNTIME_LIBRARIES)
foreach(LIBRARY sinew_pipeline sinew_track sinew_results sinew_pose)
  if(NOT LIBRARY IN_LIST SINEW_RUNTIME_LIBRARIES)
    sinew_collect_libraries(${LIBRARY} SINEW_RUNTIME_LIBRARIES)
  endif()
endforeach()

if(SINEW_SANITIZE OR SINEW_FUZZ)
  return()  # sanitizers' own symbols are the program's
endif()
# The objects of the static libraries as they are: nothing is compiled for it.
set(objects)
foreach(LIBRARY ${SINEW_RUNTIME_LIBRARIES})
  list(APPEND objects $<TARGET_OBJECTS:${LIBRARY}>)
endforeach()
add_library(sinew_shared SHARED ${objects})
target_link_libraries(sinew_shared PRIVATE sinew_pipeline sinew_track sinew_results sinew_pose)
target_include_directories(sinew_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(sinew_shared INTERFACE cxx_std_20)
set(SINEW_ABI_MAP ${PROJECT_SOURCE_DIR}/packaging/abi/libsinew.map)
# As long as the major version is 0, each minor one may break programs, and has a name of its own.
set_target_properties(sinew_shared PROPERTIES OUTPUT_NAME sinew EXPORT_NAME shared LINKER_LANGUAGE CXX LINK_DEPENDS ${SINEW_ABI_MAP}
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_options(sinew_shared PRIVATE -Wl,--version-script=${SINEW_ABI_MAP} -Wl,-Bsymbolic -Wl,-z,defs -Wl,--as-needed)
sinew_harden(sinew_shared)
add_dependencies(libraries sinew_shared)
install(TARGETS sinew_shared EXPORT sinew_shared_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT sinew_shared_targets NAMESPACE sinew:: FILE sinewSharedTargets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sinew)
