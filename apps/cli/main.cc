// The sinew program: one subcommand a file.
#include <cstdio>
#include <exception>

#include "command.h"
#include "file_faults.h"
#include "sinew/version.h"

int main(int argc, char** argv) {
  sinew::cli::ExplainFileFaults();
  CLI::App app("sinew: multi-person 2D pose estimation, compiled ahead of time for this processor");
  app.set_version_flag("--version", std::string("sinew ") + sinew::kVersion);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  sinew model fetch mobilenet_thin\n"
      "  sinew run photo.jpg --model mobilenet_thin --write-images out --write-json out\n"
      "  sinew compile graph_opt.pb --net-resolution 656x368 -o model.sinew --verify\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 some inputs failed and the others are done.");
  sinew::cli::Action action;
  sinew::cli::AddRunCommand(app, &action);
  sinew::cli::AddModelCommand(app, &action);
  sinew::cli::AddCompileCommand(app, &action);
  sinew::cli::AddInspectCommand(app, &action);
  sinew::cli::AddProfileCommand(app, &action);
  sinew::cli::AddBenchCommand(app, &action);
  sinew::cli::AddEvalCommand(app, &action);
  sinew::cli::AddCostCommand(app, &action);
  sinew::cli::AddReportCommand(app, &action);
  sinew::cli::AddExecCommand(app, &action);
  sinew::cli::AddExportCommand(app, &action);
  sinew::cli::AddDevicesCommand(app, &action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? sinew::cli::kSuccess : sinew::cli::kUsage;
  }
  try {
    return action();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "sinew: not enough memory\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sinew: unexpected error: %s\n", error.what());
  }
  return sinew::cli::kFailure;
}
