# The three kinds of target in this tree: a folder's library, a test, a fuzzer.

# All libraries: what is installed beside the program.
add_custom_target(libraries)

add_library(sinew_options INTERFACE)
target_compile_features(sinew_options INTERFACE cxx_std_20)
target_compile_options(sinew_options INTERFACE -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -fno-math-errno)
target_include_directories(sinew_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlapping copies in std::string's own operator+ (its bug 105651).
  target_compile_options(sinew_options INTERFACE -Wno-restrict)
endif()
if(SINEW_WERROR)
  target_compile_options(sinew_options INTERFACE
    -Werror -Wunused-parameter -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi)
endif()
if(SINEW_DCHECKS)
  target_compile_definitions(sinew_options INTERFACE SINEW_DCHECKS=1)
endif()
if(SINEW_FUZZ)
  target_compile_options(sinew_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SINEW_SANITIZE)
  target_compile_options(sinew_options INTERFACE -fsanitize=${SINEW_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # For tests of what sanitizers do not go with: limits of the address space.
  target_compile_definitions(sinew_options INTERFACE SINEW_SANITIZED=1)
  target_link_options(sinew_options INTERFACE -fsanitize=${SINEW_SANITIZE})
endif()

# Of what is compiled more often, or for longer, than it runs.
set(SINEW_COLD_OPTIMIZATION $<$<NOT:$<CONFIG:Debug>>:-O1>)
set(SINEW_TEST_OPTIMIZATION $<IF:$<CONFIG:Sanitize>,-O0,-O1>)

# sinew_library(NAME SOURCES ... [DEPS ...] [PUBLIC_DEPS ...] [COLD|EXACT]): static library sinew_NAME of one folder,
# installed and exported as sinew::NAME. What is COLD runs once in a while: it is waited for longer while it is compiled
# than while it runs. In what is EXACT every operation rounds by itself, none is fused with another.
function(sinew_library NAME)
  cmake_parse_arguments(ARG "COLD;EXACT" "" "SOURCES;DEPS;PUBLIC_DEPS" ${ARGN})
  add_library(sinew_${NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(sinew_${NAME} PUBLIC $<BUILD_INTERFACE:sinew_options> ${ARG_PUBLIC_DEPS} PRIVATE ${ARG_DEPS})
  target_include_directories(sinew_${NAME} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(sinew_${NAME} PUBLIC cxx_std_20)
  set_target_properties(sinew_${NAME} PROPERTIES EXPORT_NAME ${NAME})
  # Kernels hold their sums in arrays that the compiler keeps in registers; they are called for tiles of a few
  # microseconds, know all sizes from a plan that was checked, and see no text. A canary for each call buys nothing there.
  if(NAME STREQUAL "cpu")
    sinew_harden(sinew_${NAME} NO_STACK_PROTECTOR)
  else()
    sinew_harden(sinew_${NAME})
  endif()
  if(ARG_COLD)
    target_compile_options(sinew_${NAME} PRIVATE ${SINEW_COLD_OPTIMIZATION})
  elseif(ARG_EXACT)
    target_compile_options(sinew_${NAME} PRIVATE -ffp-contract=off)
  endif()
  install(TARGETS sinew_${NAME} EXPORT sinew_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  add_dependencies(libraries sinew_${NAME})
endfunction()

# sinew_test(NAME SOURCES ... DEPS ... [LABELS unit|kernel|golden|e2e|fuzz|perf|threads] [TIMEOUT s] [DATA ...]): a GoogleTest
# program registered with ctest as one test. SINEW_SHARED_DIR points tests that want development data at ../shared.
function(sinew_test NAME)
  if(NOT SINEW_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(SINEW_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  # Only sources that read files of the tree are told where it is: the objects of all others are the same in every folder,
  # which a compiler cache makes use of. Tests wait for the compiler more often than for themselves.
  target_compile_options(${NAME} PRIVATE ${SINEW_TEST_OPTIMIZATION})
  foreach(SOURCE ${ARG_SOURCES})
    file(STRINGS ${SOURCE} MENTIONS REGEX "SINEW_(SOURCE|SHARED)_DIR" LIMIT_COUNT 1)
    if(MENTIONS)
      set_source_files_properties(${SOURCE} PROPERTIES COMPILE_DEFINITIONS
        "SINEW_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\";SINEW_SHARED_DIR=\"${PROJECT_SOURCE_DIR}/../shared\"")
    endif()
  endforeach()
  target_include_directories(${NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${NAME} PRIVATE sinew_options ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  sinew_precompile_test(${NAME})
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
  foreach(LABEL threads kernel)
    if(LABEL IN_LIST ARG_LABELS)
      add_dependencies(${LABEL}_tests ${NAME})
    endif()
  endforeach()
endfunction()

# sinew_fuzzer(NAME SOURCES ... DEPS ... CORPUS dir): with SINEW_FUZZ a libFuzzer program; otherwise a program that
# replays the corpus, run by ctest.
# The target `fuzzers` builds all of them.
function(sinew_fuzzer NAME)
  if(NOT SINEW_TESTS)
    return()
  endif()
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  target_link_libraries(${NAME} PRIVATE sinew_options ${ARG_DEPS})
  if(SINEW_FUZZ)
    target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${NAME} COMMAND ${NAME} -runs=0 ${ARG_CORPUS})
  else()
    target_sources(${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
    add_test(NAME ${NAME} COMMAND ${NAME} ${ARG_CORPUS})
  endif()
  set_tests_properties(${NAME} PROPERTIES LABELS fuzz TIMEOUT 120)
  add_dependencies(fuzzers ${NAME})
endfunction()
