# Sources compiled several at a time: what a small one includes takes the compiler longer than the source itself. For a
# build from nothing; -DCMAKE_UNITY_BUILD=OFF compiles each by itself, which is quicker after a change, which a compiler
# cache does better with, and which shows that each source includes what it needs.
if(SINEW_CCACHE)
  set(default OFF)
else()
  set(default ON)
endif()
option(CMAKE_UNITY_BUILD "Compile the sources of a library a few at a time" ${default})

# sinew_compile_alone(SOURCES...): of what has macros of its own, or is compiled once a target.
function(sinew_compile_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# sinew_precompile_test(NAME): a test is mostly one source; what they all include is parsed once for all. GCC takes -O from
# what is precompiled, whatever a source is compiled with, and does not say so: it is the same for all tests.
function(sinew_precompile_test NAME)
  set_target_properties(${NAME} PROPERTIES UNITY_BUILD OFF)
  if(NOT CMAKE_UNITY_BUILD OR CMAKE_CROSSCOMPILING)
    return()
  endif()
  if(NOT TARGET sinew_test_headers)
    set(nothing ${PROJECT_BINARY_DIR}/sinew_test_headers.cc)
    file(CONFIGURE OUTPUT ${nothing} CONTENT "// Headers alone.\n")
    add_library(sinew_test_headers OBJECT EXCLUDE_FROM_ALL ${nothing})
    target_precompile_headers(sinew_test_headers PRIVATE <algorithm> <chrono> <cmath> <cstdint> <filesystem> <functional> <map> <memory>
      <optional> <span> <string> <string_view> <utility> <vector> <fmt/format.h> <gmock/gmock.h> <gtest/gtest.h>)
    target_link_libraries(sinew_test_headers PRIVATE sinew_options fmt::fmt GTest::gmock GTest::gtest)
    target_compile_options(sinew_test_headers PRIVATE ${SINEW_TEST_OPTIMIZATION} -fPIE)
    set_target_properties(sinew_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  endif()
  target_precompile_headers(${NAME} REUSE_FROM sinew_test_headers)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # At -O1, GCC 12 warns of what it inlines from precompiled headers of the system, in std::string above all.
    target_compile_options(${NAME} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()
