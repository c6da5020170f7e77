# `sinew serve`, where its packages are found: scripts/packages-server.txt lists them. What was not found is looked for again
# each time CMake runs: whoever installs it later gets the server then.
find_package(Boost 1.74 QUIET)
find_package(OpenSSL QUIET)
find_package(prometheus-cpp QUIET)
pkg_check_modules(GRPC QUIET IMPORTED_TARGET grpc++)
find_program(SINEW_GRPC_PLUGIN grpc_cpp_plugin)
if(SINEW_SERVER AND NOT (Boost_FOUND AND OPENSSL_FOUND AND prometheus-cpp_FOUND AND GRPC_FOUND AND SINEW_GRPC_PLUGIN))
  message(STATUS "sinew serve is left out: scripts/install_packages.sh --list scripts/packages-server.txt installs what it needs")
  set(SINEW_SERVER OFF)
endif()
if(SINEW_SERVER)
  # Debian's Boost has coroutines with GCC alone: clang, for the sanitizers, compiles everything but the server's sockets.
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_LIBRARIES Boost::headers)
  check_cxx_source_compiles("#include <utility>
    #include <boost/asio/awaitable.hpp>
    boost::asio::awaitable<void> Wait();
    int main() {}" SINEW_SERVER_COROUTINES)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()
