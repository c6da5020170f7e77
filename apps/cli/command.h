// What the subcommands share: registration, exit codes, errors.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "media/inputs.h"
#include "service/resolution_text.h"
#include "sinew/model.h"
#include "sinew/status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::cli {

// Documented in `sinew --help`; scripts may rely on them.
enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,        // nothing, or not what was asked for, was done
  kUsage = 2,          // the command line makes no sense
  kPartly = 3,         // some inputs failed, the others are done
  kInterrupted = 128,  // plus the number of the signal: 130 for Ctrl-C, 143 for SIGTERM
};

// Set by the subcommand that the command line names; main calls it after parsing.
using Action = std::function<int()>;

// Each lives in the file of its name; programs of their own in part.cc.
void AddCompileCommand(CLI::App& app, Action* action);
void AddInspectCommand(CLI::App& app, Action* action);
void AddExecCommand(CLI::App& app, Action* action);
void AddExportCommand(CLI::App& app, Action* action);
void AddRunCommand(CLI::App& app, Action* action);
void AddMergeCommand(CLI::App& app, Action* action);
void AddProfileCommand(CLI::App& app, Action* action);
void AddBenchCommand(CLI::App& app, Action* action);
void AddEvalCommand(CLI::App& app, Action* action);
void AddCostCommand(CLI::App& app, Action* action);
void AddReportCommand(CLI::App& app, Action* action);
void AddModelCommand(CLI::App& app, Action* action);
void AddDevicesCommand(CLI::App& app, Action* action);
void AddPartCommands(CLI::App& app, Action* action);  // of programs of their own
void AddDoctorCommand(CLI::App& app, Action* action);
void AddDocsCommand(CLI::App& app, Action* action);

// For a model cache: lines on standard error, nothing where `quiet`.
std::function<void(std::string_view line)> CompileLog(bool quiet = false);

// The inputs that arguments stand for. What folders hold besides is named on standard error, a line a file, unless
// `quiet`; `skipped` gets their number.
std::vector<media::Input> ExpandInputs(std::span<const std::string> arguments, const media::ExpandOptions& options = {},
                                       bool quiet = false, int64_t* skipped = nullptr);

// Prints "sinew: MESSAGE" to standard error. kUsage for an invalid argument, else kFailure.
int Fail(const Status& status);

using service::ParseResolution;
using service::ParseResolutionOrFit;
using service::ParseResolutions;
using service::ToString;

// 12345678 -> "12.3 MB"
std::string HumanBytes(uint64_t bytes);

}  // namespace sinew::cli
