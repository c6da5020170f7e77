// The sinew program: one subcommand a file.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "arguments.h"
#include "base/guard.h"
#include "command.h"
#include "docs.h"
#include "file_faults.h"
#include "help_text.h"
#include "print.h"
#include "service/store_flags.h"
#include "sinew/version.h"
#include "start.h"

namespace sinew::cli {
namespace {

void AddCommands(CLI::App& app, Action* action) {
  app.description("sinew: multi-person 2D pose estimation, compiled ahead of time for this processor");
  app.set_version_flag("--version", std::string("sinew ") + kVersion);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  sinew model fetch mobilenet_thin\n"
      "  sinew run photo.jpg --model mobilenet_thin --write-images out --write-json out\n"
      "  sinew compile graph_opt.pb --net-resolution 656x368 -o model.sinew --verify\n"
      "sinew help COMMAND describes a command; `sinew run` also takes the flags of OpenPose and tf-pose-estimation.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 some inputs failed and the others are done.");
  AddRunCommand(app, action);
  AddMergeCommand(app, action);
  AddModelCommand(app, action);
  AddCompileCommand(app, action);
  AddInspectCommand(app, action);
  AddProfileCommand(app, action);
  AddBenchCommand(app, action);
  AddEvalCommand(app, action);
  AddCostCommand(app, action);
  AddReportCommand(app, action);
  AddExecCommand(app, action);
  AddExportCommand(app, action);
  AddDevicesCommand(app, action);
  AddPartCommands(app, action);
  AddDoctorCommand(app, action);
  AddDocsCommand(app, action);
  service::AddStoreFlags(app, [](std::string_view line) { PrintError("sinew: {}\n", line); });
}

// CLI11 reads "nan" and "inf" as numbers, and compares them with bounds in vain.
void RefuseWhatIsNotFinite(CLI::App& app) {
  const auto is_finite = [](const std::string& text) {
    double value = 0;
    const bool bad = CLI::detail::lexical_cast(text, value) && !std::isfinite(value);
    return bad ? text + " is not a finite number" : std::string();
  };
  for (CLI::Option* option : app.get_options()) {
    if (option->get_type_name().starts_with("FLOAT")) option->check(CLI::Validator(is_finite, ""));
  }
  for (CLI::App* child : app.get_subcommands([](CLI::App*) { return true; })) RefuseWhatIsNotFinite(*child);
}

// Help goes to standard output, what is wrong with the command line to standard error: with what the user typed in it.
int PrintParseResult(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, err;
  const bool is_good = app.exit(error, out, err) == 0;
  PrintRaw(stdout, WrapHelp(out.str(), HelpWidth()));
  PrintRaw(stderr, PrintableLines(err.str()));
  return is_good ? kSuccess : kUsage;
}

int Main(int argc, char** argv) {
  CLI::App app("", "sinew");
  Action action;
  AddCommands(app, &action);
  RefuseWhatIsNotFinite(app);
  Result<std::vector<std::string>> words = TranslateArguments(app, {argv + std::min(argc, 1), argv + argc});
  if (!words.ok()) return Fail(words.status());
  std::reverse(words->begin(), words->end());  // as CLI11 wants them
  try {
    app.parse(std::move(*words));
  } catch (const CLI::ParseError& error) {
    return PrintParseResult(app, error);
  }
  return action();
}

}  // namespace
}  // namespace sinew::cli

int main(int argc, char** argv) {
  using namespace sinew::cli;
  PrepareProcess();
  ExplainFileFaults();
  const sinew::Result<int> code = sinew::CatchAll([&]() -> sinew::Result<int> { return Main(argc, argv); });
  const int exit_code = code.ok() ? *code : Fail(code.status());
  // What was printed and lost is a failure, whatever else went well.
  const sinew::Status flushed = FlushOutput();
  if (flushed.ok()) return exit_code;
  const int failed = Fail(flushed);
  return exit_code == kSuccess ? failed : exit_code;
}
