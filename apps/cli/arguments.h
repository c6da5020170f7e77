// What people type, before CLI11 reads it: `help`, flags as other programs spell them, and what is no word of sinew's.
#pragma once

#include <string>
#include <vector>

#include "sinew/status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sinew::cli {

// `words` without the program's name, for `app` with all its commands:
//   - "help COMMAND" becomes "COMMAND --help";
//   - a flag with underscores, or with one dash, becomes the command's flag of that name: --write_json,
//   -net_resolution;
//   - `run` also knows the flags of OpenPose and tf-pose-estimation (other_programs.h).
// kInvalidArgument: a command or flag that does not exist, with the one that was probably meant; or a flag of another
// program, with what to do instead.
Result<std::vector<std::string>> TranslateArguments(const CLI::App& app, std::vector<std::string> words);

}  // namespace sinew::cli
