# What makes errors of memory harder to use against whoever runs the program: checked by tests/install/hardening_test.py.
include(CheckPIESupported)
check_pie_supported()

# sinew_harden(TARGET [NO_STACK_PROTECTOR]): for a library, module or program. Relocations are done at the start and
# read-only from then on, the stack is not executable, and the program lies at random addresses. Sanitizers check more,
# and do not go with _FORTIFY_SOURCE.
function(sinew_harden TARGET)
  if(SINEW_SANITIZE)
    return()
  endif()
  if(NOT "NO_STACK_PROTECTOR" IN_LIST ARGN)
    target_compile_options(${TARGET} PRIVATE -fstack-protector-strong)
  endif()
  target_compile_options(${TARGET} PRIVATE "$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(${TARGET} PRIVATE -fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    target_compile_options(${TARGET} PRIVATE -mbranch-protection=standard)
  endif()
  get_target_property(TYPE ${TARGET} TYPE)
  if(NOT TYPE STREQUAL "STATIC_LIBRARY")
    target_link_options(${TARGET} PRIVATE -Wl,-z,relro,-z,now,-z,noexecstack)
  endif()
endfunction()
