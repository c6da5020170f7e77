// The manual page and the completions have every flag there is, and shells understand them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/program_test_util.h"

namespace sinew {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using DocsTest = ProgramTest;

struct Flag {
  std::string command, name;
};

std::vector<Flag> ParseFlags(const std::string& list) {
  std::vector<Flag> flags;
  std::istringstream stream(list);
  for (std::string line; std::getline(stream, line);) {
    // A flag of every command has no command before it.
    const size_t dash = line[0] == '-' || line.find(" -") == std::string::npos ? 0 : line.find(" -") + 1;
    if (line[dash] != '-') continue;  // an argument
    flags.push_back({line.substr(0, dash == 0 ? 0 : dash - 1), line.substr(dash, line.find(' ', dash) - dash)});
  }
  return flags;
}

TEST_F(DocsTest, NothingIsLeftOut) {
  const std::vector<Flag> flags = ParseFlags(Sinew("docs flags").out);
  ASSERT_GT(flags.size(), 100u);
  const std::string man = Sinew("docs man").out, bash = Sinew("docs bash").out, zsh = Sinew("docs zsh").out,
                    fish = Sinew("docs fish").out;
  for (const Flag& flag : flags) {
    std::string troff;
    for (const char c : flag.name) troff += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_THAT(man, HasSubstr("\\fB" + troff + "\\fR")) << flag.command;
    EXPECT_THAT(bash, HasSubstr(flag.name)) << flag.command;
    EXPECT_THAT(zsh, ::testing::AnyOf(HasSubstr("'" + flag.name + "["), HasSubstr("'*" + flag.name + "[")))
        << flag.command;
    const bool is_long = flag.name.starts_with("--");
    EXPECT_THAT(fish, HasSubstr((is_long ? " -l " : " -s ") + flag.name.substr(is_long ? 2 : 1))) << flag.command;
    // And what --help shows of the command.
    EXPECT_THAT(Sinew(flag.command + " --help").out, HasSubstr(flag.name)) << flag.command;
  }
  for (const char* command : {"run", "compile", "inspect", "exec", "export", "bench", "profile", "eval", "cost",
                              "report", "model", "model fetch", "model clean"}) {
    EXPECT_THAT(man, HasSubstr(std::string(".SS sinew ") + command + "\n"));
  }
  EXPECT_THAT(Sinew("--help").out, Not(HasSubstr("docs"))) << "for packagers, not for everyday";
}

TEST_F(DocsTest, BashCompletes) {
  const auto complete = [&](const std::string& words) {
    const Outcome outcome =
        Shell("\"$SINEW\" docs bash >completion.bash; bash -c '. ./completion.bash; COMP_WORDS=(" + words +
              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sinew; echo \"${COMPREPLY[@]}\"'");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  };
  EXPECT_EQ(complete("sinew pro"), "profile\n");
  EXPECT_THAT(complete("sinew model \"\""), HasSubstr("fetch"));
  EXPECT_EQ(complete("sinew model fe"), "fetch\n");
  EXPECT_EQ(complete("sinew run a.png --write-j"), "--write-json --write-jsonl\n");
  EXPECT_EQ(complete("sinew run a.png --resize-mode p"), "pad\n");
  EXPECT_EQ(complete("sinew model list --j"), "--json\n");
  EXPECT_EQ(complete("sinew run a.p"), "\n") << "files: left to the shell";
}

TEST_F(DocsTest, ShellsAndManUnderstandThem) {
  for (const char* check : {"zsh -n completion", "fish --no-execute completion", "bash -n completion"}) {
    const std::string shell = std::string(check).substr(0, std::string(check).find(' '));
    if (Shell("command -v " + shell).code != 0) continue;  // not on this machine
    const Outcome outcome = Shell("\"$SINEW\" docs " + shell + " >completion && " + check);
    EXPECT_EQ(outcome.code, 0) << check << outcome.err;
    EXPECT_EQ(outcome.err, "") << check;
  }
  if (Shell("command -v groff").code != 0) GTEST_SKIP() << "groff is not on this machine";
  const Outcome page = Shell("\"$SINEW\" docs man | groff -man -Tascii -ww");
  EXPECT_EQ(page.code, 0);
  EXPECT_EQ(page.err, "");
}

}  // namespace
}  // namespace sinew
