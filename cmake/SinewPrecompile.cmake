# What nearly every source includes, parsed once: headers take two thirds of the time that a small source takes. A compiler
# cache does better where sources are the same, and cannot see through precompiled headers: with one they are left out,
# as they are where each source is to show that it includes what it needs (scripts/check_sanitizer.sh).
if(SINEW_CCACHE OR CMAKE_CROSSCOMPILING)
  set(default OFF)
else()
  set(default ON)
endif()
option(SINEW_PRECOMPILE "Parse headers that nearly every source includes once" ${default})

set(SINEW_COMMON_HEADERS <algorithm> <chrono> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <utility> <vector> <fmt/format.h>)
set(SINEW_COMMON_PACKAGES fmt::fmt)
set(SINEW_COLD_HEADERS ${SINEW_COMMON_HEADERS})
set(SINEW_COLD_PACKAGES ${SINEW_COMMON_PACKAGES})
set(SINEW_TEST_HEADERS ${SINEW_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
set(SINEW_TEST_PACKAGES ${SINEW_COMMON_PACKAGES} GTest::gmock GTest::gtest)
set(SINEW_CLI_HEADERS ${SINEW_COMMON_HEADERS} <CLI/CLI.hpp> <nlohmann/json.hpp>)
set(SINEW_CLI_PACKAGES ${SINEW_COMMON_PACKAGES} CLI11::CLI11 nlohmann_json::nlohmann_json)

# sinew_precompile(TARGET KIND): for a library (COMMON), one that is COLD, a TEST, or a program with flags (CLI). Each kind
# has headers of its own, compiled with its very options: GCC takes some options, -O and -ffp-contract among them, from
# the headers, whatever the source is compiled with, and does not say so. What has other options goes without.
function(sinew_precompile TARGET KIND)
  if(NOT SINEW_PRECOMPILE)
    return()
  endif()
  string(TOLOWER sinew_${KIND}_headers headers)
  if(NOT TARGET ${headers})
    set(nothing ${PROJECT_BINARY_DIR}/${headers}.cc)
    file(CONFIGURE OUTPUT ${nothing} CONTENT "// Headers alone.\n")
    add_library(${headers} OBJECT EXCLUDE_FROM_ALL ${nothing})
    target_precompile_headers(${headers} PRIVATE ${SINEW_${KIND}_HEADERS})
    target_link_libraries(${headers} PRIVATE sinew_options ${SINEW_${KIND}_PACKAGES})
    if(KIND STREQUAL "COLD" OR KIND STREQUAL "CLI")
      target_compile_options(${headers} PRIVATE ${SINEW_COLD_OPTIMIZATION})
    elseif(KIND STREQUAL "TEST")
      target_compile_options(${headers} PRIVATE ${SINEW_TEST_OPTIMIZATION})
    endif()
    if(KIND STREQUAL "CLI" OR KIND STREQUAL "TEST")  # of programs
      set_target_properties(${headers} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
      target_compile_options(${headers} PRIVATE -fPIE)
    endif()
    if(NOT KIND STREQUAL "TEST")
      sinew_harden(${headers})
    endif()
  endif()
  target_precompile_headers(${TARGET} REUSE_FROM ${headers})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT KIND STREQUAL "COMMON")
    # At -O1, GCC 12 warns of what it inlines from precompiled headers of the system, in std::string above all.
    target_compile_options(${TARGET} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()
