// Writes one small picture of each kind into a folder: what the fuzzer of pictures begins with (fuzz/corpus/picture).
#include <cstdio>

#include "base/file.h"
#include "media/images/picture_files_test_util.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "write_pictures FOLDER\n"), 2;
  for (const auto& [name, bytes] : sinew::media::SmallPictures()) {
    const sinew::Status status = sinew::WriteFile(std::filesystem::path(argv[1]) / name, bytes);
    if (!status.ok()) return std::fprintf(stderr, "%s\n", status.message().c_str()), 1;
  }
  return 0;
}
