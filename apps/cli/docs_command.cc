// sinew docs: the manual page and completions on standard output, for those who install or package the program.
#include <CLI/CLI.hpp>

#include <memory>

#include "base/file.h"
#include "command.h"
#include "docs.h"
#include "print.h"

namespace sinew::cli {

namespace {

std::string Write(const CLI::App& app, const std::string& form) {
  if (form == "man") return ManualPage(app);
  if (form == "bash") return BashCompletion(app);
  if (form == "zsh") return ZshCompletion(app);
  if (form == "fish") return FishCompletion(app);
  if (form == "other-programs") return OtherProgramsTable();
  return FlagList(app);
}

}  // namespace

void AddDocsCommand(CLI::App& app, Action* action) {
  struct Options {
    std::string form, output;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("docs", "Print the manual page or a shell's completion");
  command->group("");  // hidden: not for everyday
  command
      ->add_option("FORM", options->form, "man, bash, zsh, fish, flags for a plain list, or other-programs for theirs")
      ->required()
      ->check(CLI::IsMember({"man", "bash", "zsh", "fish", "flags", "other-programs"}));
  command->add_option("-o,--output", options->output, "Write to this file instead")->type_name("FILE");
  command->footer("Example:\n  sinew docs man | man -l -");
  command->callback([=, &app] {
    *action = [=, &app]() -> int {
      const std::string text = Write(app, options->form);
      if (options->output.empty()) {
        PrintRaw(stdout, text);
        return kSuccess;
      }
      const Status status = WriteFile(options->output, text);
      return status.ok() ? int{kSuccess} : Fail(status);
    };
  });
}

}  // namespace sinew::cli
