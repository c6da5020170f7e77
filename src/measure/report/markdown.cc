// The report's tables as Markdown.
#include <fmt/format.h>

#include <string_view>

#include "measure/report/report.h"
#include "measure/report/tables.h"

namespace sinew::report {
namespace {

// Text that is no markup: characters with a meaning get a backslash.
std::string EscapeMarkdown(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>|#&").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::string ToMarkdown(const Report& report) {
  std::string text = fmt::format("# {}\n\n{}\n", EscapeMarkdown(report.title), EscapeMarkdown(Provenance(report)));
  for (const Table& table : MakeTables(report)) {
    text += fmt::format("\n## {}\n\n|", EscapeMarkdown(table.title));
    for (const Column& column : table.columns) text += fmt::format(" {} |", EscapeMarkdown(column.title));
    text += "\n|";
    for (const Column& column : table.columns) text += column.number ? " ---: |" : " --- |";
    text += "\n";
    for (const Row& row : table.rows) {
      text += "|";
      for (const std::string& cell : row.cells) text += fmt::format(" {} |", EscapeMarkdown(cell));
      text += "\n";
    }
    if (!table.note.empty()) text += fmt::format("\n{}\n", EscapeMarkdown(table.note));
  }
  return text;
}

}  // namespace sinew::report
