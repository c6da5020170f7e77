# What `cmake --install` puts where: the program, the public headers, the libraries, and the package for find_package.
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
