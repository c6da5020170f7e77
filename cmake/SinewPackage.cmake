# The Debian package: what `cmake --install` puts under /usr, with what its programs and modules need, as dpkg-shlibdeps finds it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sinew)
set(CPACK_PACKAGE_CONTACT "The sinew authors <sinew@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "multi-person 2D pose estimation, compiled ahead of time")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Finds people and their keypoints in pictures, videos and camera streams.
Compiles the models of tf-pose-estimation and its relatives for this processor,
runs them, measures itself, and prices the result. With libraries and headers
for C++ programs.")
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# For what it fetches models with, and for programs that link its libraries.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "npm, curl, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
  "g++, libfmt-dev, libhwy-dev, libjpeg-dev, libpng-dev, libprotobuf-dev, libxxhash-dev, nlohmann-json3-dev, pkg-config")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/../deb)
set(CPACK_STRIP_FILES ON)
include(CPack)
