# What base, the kernels, the decoder and the resize need, built for another processor (SINEW_CROSS): nothing that was
# compiled for that processor, so that it takes no foreign architecture in apt and no second set of libraries.
#   fmt         its headers alone; they are in /usr/include, where Debian's cross-compilers look
#   Highway     its headers alone: where one target is compiled in, nothing of the library is called (simd/target.cc)
#   GoogleTest  from the sources that Debian's package googletest holds
add_library(fmt::fmt INTERFACE IMPORTED)
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)
add_library(PkgConfig::HWY INTERFACE IMPORTED)
if(SINEW_TESTS)
  set(INSTALL_GTEST OFF)
  add_subdirectory(/usr/src/googletest ${PROJECT_BINARY_DIR}/googletest EXCLUDE_FROM_ALL SYSTEM)
  foreach(LIBRARY gtest gmock gtest_main)
    target_compile_options(${LIBRARY} PRIVATE -w)
  endforeach()
endif()
