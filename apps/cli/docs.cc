// Walks the tree of commands; each format is one function.
#include "docs.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <vector>

#include "other_programs.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

// A command and its parents' names: "model fetch"; "" for the program itself.
struct Command {
  std::string path;
  const CLI::App* app;
};

bool IsHidden(const CLI::App& app) { return app.get_group().empty(); }

std::vector<const CLI::App*> Subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* child) { return !child->get_name().empty() && !IsHidden(*child); });
}

void CollectCommands(const CLI::App& app, const std::string& path, std::vector<Command>* commands) {
  commands->push_back({path, &app});
  for (const CLI::App* child : Subcommands(app))
    CollectCommands(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), commands);
}

std::vector<Command> AllCommands(const CLI::App& app) {
  std::vector<Command> commands;
  CollectCommands(app, "", &commands);
  return commands;
}

// Those of its option groups, too: they are children without a name. In the order of --help.
std::vector<const CLI::Option*> OptionsOf(const CLI::App& app) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) options.push_back(option);
  }
  for (const CLI::App* group : app.get_subcommands([](const CLI::App* child) { return child->get_name().empty(); })) {
    for (const CLI::Option* option : OptionsOf(*group)) {
      if (std::find(options.begin(), options.end(), option) == options.end()) options.push_back(option);
    }
  }
  return options;
}

// "-q", "--quiet"; none for an argument without a dash.
std::vector<std::string> Names(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }
bool Repeats(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

// "WxH", "FILE", "TEXT:{stretch,pad}".
std::string ValueName(const CLI::Option& option) { return TakesValue(option) ? option.get_type_name() : ""; }

// What a value must be one of: none if anything goes.
std::vector<std::string> Choices(const CLI::Option& option) {
  std::vector<std::string> choices;
  const std::string type = ValueName(option);
  const size_t begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return choices;
  for (size_t at = begin + 1; at <= end;) {
    const size_t comma = std::min(type.find(',', at), end);
    choices.push_back(type.substr(at, comma - at));
    at = comma + 1;
  }
  return choices;
}

std::string Description(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += fmt::format(" (default: {})", option.get_default_str());
  return text;
}

std::string Replaced(std::string_view text, const std::function<std::string(char)>& replacement) {
  std::string result;
  for (const char c : text) result += replacement(c);
  return result;
}

// Characters with a meaning for troff, also at the start of a line.
std::string Troff(std::string_view text) {
  const std::string escaped = Replaced(text, [](char c) {
    return c == '\\' ? "\\e" : c == '-' ? "\\-" : c == '\'' ? "\\(aq" : std::string(1, c);
  });
  std::string result;
  bool line_starts = true;
  for (const char c : escaped) {
    if (line_starts && c == '.') result += "\\&";
    result += c;
    line_starts = c == '\n';
  }
  return result;
}

void AppendManOptions(const CLI::App& app, std::string* page) {
  for (const CLI::Option* option : OptionsOf(app)) {
    std::string head;
    for (const std::string& name : Names(*option))
      head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", Troff(name));
    if (head.empty()) {
      head = fmt::format("\\fI{}\\fR{}", Troff(option->get_name(true)), Repeats(*option) ? " ..." : "");
    } else if (TakesValue(*option)) {
      head += fmt::format(" \\fI{}\\fR", Troff(ValueName(*option)));
    }
    *page += fmt::format(".TP\n{}\n{}\n", head, Troff(Description(*option)));
  }
}

std::string Synopsis(const Command& command) {
  std::string line = fmt::format("\\fBsinew {}\\fR", Troff(command.path));
  if (!Subcommands(*command.app).empty()) return line + " \\fICOMMAND\\fR";
  line += " [\\fIOPTIONS\\fR]";
  for (const CLI::Option* option : OptionsOf(*command.app)) {
    if (!Names(*option).empty()) continue;
    const std::string name = fmt::format("\\fI{}\\fR{}", Troff(option->get_name(true)), Repeats(*option) ? "..." : "");
    line += option->get_required() ? " " + name : fmt::format(" [{}]", name);
  }
  return line;
}

// For the inside of single quotes of a shell.
std::string Quoted(std::string_view text) {
  return Replaced(text, [](char c) { return c == '\'' ? "'\\''" : std::string(1, c); });
}

std::string ZshText(std::string_view text) {
  return Quoted(Replaced(text, [](char c) {
    return std::string_view("[]:\\").find(c) != std::string_view::npos ? std::string("\\") + c : std::string(1, c);
  }));
}

std::string FishText(std::string_view text) {
  return Replaced(text, [](char c) { return c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c); });
}

std::string ZshFunction(const std::string& path) {
  return "_sinew" +
         (path.empty() ? "" : "_" + Replaced(path, [](char c) { return std::string(1, c == ' ' ? '_' : c); }));
}

std::string ZshSpecs(const CLI::App& app) {
  std::string specs;
  for (const CLI::Option* option : OptionsOf(app)) {
    std::string action;
    if (TakesValue(*option)) {
      const std::vector<std::string> choices = Choices(*option);
      action = fmt::format(":{}:{}", ZshText(option->get_type_name()),
                           choices.empty() ? "_files" : fmt::format("({})", fmt::join(choices, " ")));
    }
    const std::vector<std::string> names = Names(*option);
    for (const std::string& name : names) {
      specs += fmt::format(" \\\n    '{}{}[{}]{}'", Repeats(*option) ? "*" : "", name, ZshText(Description(*option)),
                           action);
    }
    if (names.empty()) {
      const std::string name = ZshText(option->get_name(true));
      specs +=
          Repeats(*option) ? fmt::format(" \\\n    '*:{}:_files'", name) : fmt::format(" \\\n    ':{}:_files'", name);
    }
  }
  return specs;
}

}  // namespace

std::string ManualPage(const CLI::App& app) {
  std::string page = fmt::format(
      ".\\\" Made by `sinew docs man` from the program's own flags.\n.TH SINEW 1 \"\" \"sinew {}\" \"User Commands\"\n"
      ".SH NAME\nsinew \\- {}\n.SH SYNOPSIS\n.B sinew\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n",
      Troff(kVersion), Troff(app.get_description()));
  page += ".SH OPTIONS\n";
  AppendManOptions(app, &page);
  page += ".SH COMMANDS\n";
  for (const Command& command : AllCommands(app)) {
    if (command.path.empty()) continue;
    page += fmt::format(".SS sinew {}\n{}\n.PP\n{}.\n", Troff(command.path), Synopsis(command),
                        Troff(command.app->get_description()));
    AppendManOptions(*command.app, &page);
    if (!command.app->get_footer().empty())
      page += fmt::format(".PP\n.nf\n{}\n.fi\n", Troff(command.app->get_footer()));
  }
  return page + fmt::format(".SH NOTES\n.nf\n{}\n.fi\n", Troff(app.get_footer()));
}

std::string BashCompletion(const CLI::App& app) {
  std::string known, values, flags, children;
  for (const auto& [path, command] : AllCommands(app)) {
    std::vector<std::string> names, subcommands;
    for (const CLI::App* child : Subcommands(*command)) {
      subcommands.push_back(child->get_name());
      known += fmt::format("{}'{}/{}'", known.empty() ? "" : "|", path, child->get_name());
    }
    for (const CLI::Option* option : OptionsOf(*command)) {
      const std::vector<std::string> choices = Choices(*option);
      for (const std::string& name : Names(*option)) {
        names.push_back(name);
        if (!choices.empty())
          values += fmt::format("    '{} {}') words='{}' ;;\n", path, name, fmt::join(choices, " "));
      }
    }
    flags += fmt::format("      '{}') words='{}' ;;\n", path, fmt::join(names, " "));
    if (!subcommands.empty()) children += fmt::format("      '{}') words='{}' ;;\n", path, fmt::join(subcommands, " "));
  }
  return fmt::format(
      "# Completion of sinew's command line for bash. Made by `sinew docs bash`.\n"
      "_sinew() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" previous=\"${{COMP_WORDS[COMP_CWORD-1]}}\" command='' words='' "
      "i\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case \"$command/${{COMP_WORDS[i]}}\" in\n"
      "      {}) command=\"${{command:+$command }}${{COMP_WORDS[i]}}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command $previous\" in\n{}  esac\n"
      "  if [[ -z $words && $current == -* ]]; then\n"
      "    case \"$command\" in\n{}    esac\n"
      "  elif [[ -z $words ]]; then\n"
      "    case \"$command\" in\n{}    esac\n"
      "  fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}}\n"
      "complete -o default -F _sinew sinew\n",
      known, values, flags, children);
}

std::string ZshCompletion(const CLI::App& app) {
  std::string text = "#compdef sinew\n# Completion of sinew's command line for zsh. Made by `sinew docs zsh`.\n";
  std::vector<Command> commands = AllCommands(app);
  std::reverse(commands.begin(), commands.end());  // a function stands before those that call it
  for (const auto& [path, command] : commands) {
    text += fmt::format("\n{}() {{\n", ZshFunction(path));
    const std::vector<const CLI::App*> subcommands = Subcommands(*command);
    if (subcommands.empty()) {
      text += fmt::format("  _arguments -s{}\n}}\n", ZshSpecs(*command));
      continue;
    }
    std::string described, called;
    for (const CLI::App* child : subcommands) {
      described += fmt::format(" \\\n        '{}:{}'", child->get_name(), ZshText(child->get_description()));
      called += fmt::format("        {}) {} ;;\n", child->get_name(),
                            ZshFunction(path.empty() ? child->get_name() : path + " " + child->get_name()));
    }
    text += fmt::format(
        "  local -a commands\n  local state line\n"
        "  _arguments -C{} \\\n    '1:command:->command' '*::argument:->argument'\n"
        "  case $state in\n"
        "    command)\n      commands=({})\n      _describe command commands\n      ;;\n"
        "    argument)\n      case $line[1] in\n{}      esac\n      ;;\n"
        "  esac\n}}\n",
        ZshSpecs(*command), described, called);
  }
  return text + "\n_sinew \"$@\"\n";
}

std::string FishCompletion(const CLI::App& app) {
  std::string text = "# Completion of sinew's command line for fish. Made by `sinew docs fish`.\n";
  for (const auto& [path, command] : AllCommands(app)) {
    std::string condition, seen;
    for (size_t at = 0; at < path.size();) {
      const size_t space = std::min(path.find(' ', at), path.size());
      condition += fmt::format("{}__fish_seen_subcommand_from {}", condition.empty() ? "" : "; and ",
                               path.substr(at, space - at));
      at = space + 1;
    }
    const std::string when = path.empty() ? "" : fmt::format(" -n '{}'", condition);
    std::vector<std::string> subcommands;
    for (const CLI::App* child : Subcommands(*command)) subcommands.push_back(child->get_name());
    for (const CLI::App* child : Subcommands(*command)) {
      text += fmt::format("complete -c sinew -f -n '{}not __fish_seen_subcommand_from {}' -a {} -d '{}'\n",
                          path.empty() ? "" : condition + "; and ", fmt::join(subcommands, " "), child->get_name(),
                          FishText(child->get_description()));
    }
    for (const CLI::Option* option : OptionsOf(*command)) {
      if (Names(*option).empty()) continue;
      std::string names;
      for (const std::string& name : option->get_snames()) names += " -s " + name;
      for (const std::string& name : option->get_lnames()) names += " -l " + name;
      const std::vector<std::string> choices = Choices(*option);
      const std::string value = !TakesValue(*option) ? ""
                                : choices.empty()    ? " -r"
                                                     : fmt::format(" -x -a '{}'", fmt::join(choices, " "));
      text += fmt::format("complete -c sinew{}{}{} -d '{}'\n", when, names, value, FishText(Description(*option)));
    }
  }
  return text;
}

std::string FlagList(const CLI::App& app) {
  std::string list;
  for (const auto& [path, command] : AllCommands(app)) {
    const std::string prefix = path.empty() ? "" : path + " ";
    for (const CLI::Option* option : OptionsOf(*command)) {
      const std::vector<std::string> names = Names(*option);
      for (const std::string& name : names) list += fmt::format("{}{} {}\n", prefix, name, ValueName(*option));
      if (names.empty()) list += fmt::format("{}{} {}\n", prefix, option->get_name(true), ValueName(*option));
    }
  }
  return list;
}

std::string OtherProgramsTable() {
  std::string table = "| flag there | here |\n|---|---|\n";
  for (const OtherFlag& flag : OtherFlags())
    table += fmt::format("| `--{}{}{}` | {} |\n", flag.name, flag.value.empty() ? "" : " ", flag.value, flag.answer);
  return table;
}

}  // namespace sinew::cli
