# What `cmake --install` puts where: the program, the public headers, the libraries, the packages for find_package and
# pkg-config, and the licences.
include(CMakePackageConfigHelpers)

install(DIRECTORY include/sinew DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/include/sinew/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sinew)
set(SINEW_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/sinew)
install(EXPORT sinew_targets NAMESPACE sinew:: FILE sinewTargets.cmake DESTINATION ${SINEW_PACKAGE_DIR})
configure_package_config_file(cmake/sinewConfig.cmake.in ${PROJECT_BINARY_DIR}/sinewConfig.cmake
  INSTALL_DESTINATION ${SINEW_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sinewConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sinewConfig.cmake ${PROJECT_BINARY_DIR}/sinewConfigVersion.cmake
  cmake/SinewRuntimeDependencies.cmake DESTINATION ${SINEW_PACKAGE_DIR})

# For programs that are not built by CMake: pkg-config --cflags --libs sinew-shared, or sinew for the static libraries, of which all,
# and what they stand on, have to be named.
set(SINEW_PC_LIBRARIES ${SINEW_RUNTIME_LIBRARIES})
list(TRANSFORM SINEW_PC_LIBRARIES PREPEND "-l")
list(JOIN SINEW_PC_LIBRARIES " " SINEW_PC_LIBRARIES)
# Paths in it begin at itself: the folder may be moved.
file(RELATIVE_PATH SINEW_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
foreach(PACKAGE sinew sinew-shared)
  configure_file(cmake/${PACKAGE}.pc.in ${PROJECT_BINARY_DIR}/${PACKAGE}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${PACKAGE}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

install(FILES LICENSE THIRD_PARTY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(PART d3 plot)
  install(FILES ${PROJECT_SOURCE_DIR}/build/charts/${PART}.js.licence DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME ${PART}.licence
    OPTIONAL)
endforeach()

include(SinewPackage)
