// Writes the miniature pose network to the path given: a model for tests of the whole program.
#include <cstdio>

#include "base/file.h"
#include "compiler/import/models_test_util.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const sinew::Status status = sinew::WriteFile(argv[1], sinew::import::PoseNetwork().GraphDef());
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
