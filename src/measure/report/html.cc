// The report as one page of HTML.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "measure/report/chart_data.h"
#include "measure/report/page_files.h"
#include "measure/report/report.h"
#include "measure/report/tables.h"
#include "sinew/version.h"

namespace sinew::report {
namespace {

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Within a script element, only "<" could end it or begin a comment.
std::string ScriptData(const nlohmann::ordered_json& json) {
  std::string text;
  for (const char c : json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace))
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return text;
}

void AddTable(const Table& table, std::string* page) {
  *page += "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const Column& column : table.columns)
    *page += fmt::format("<th{}>{}</th>", column.number ? " class=\"number\"" : "", EscapeHtml(column.title));
  *page += "</tr></thead>\n<tbody>\n";
  for (const Row& row : table.rows) {
    *page += row.mark.empty() ? "<tr>" : fmt::format("<tr class=\"{}\">", row.mark);
    for (size_t i = 0; i < row.cells.size(); ++i)
      *page +=
          fmt::format("<td{}>{}</td>", table.columns[i].number ? " class=\"number\"" : "", EscapeHtml(row.cells[i]));
    *page += "</tr>\n";
  }
  *page += "</tbody></table></div>\n";
  if (!table.note.empty()) *page += fmt::format("<p class=\"note\">{}</p>\n", EscapeHtml(table.note));
}

// Where page.js puts a chart. Those without data stay empty, and are not shown.
void AddCharts(std::string_view table, std::string* page) {
  static constexpr std::pair<std::string_view, std::string_view> kCharts[] = {
      {"costs", "throughput"}, {"costs", "cost"},    {"costs", "pareto"},   {"latency", "distribution"},
      {"latency", "threads"},  {"latency", "cores"}, {"latency", "batches"}};
  for (const auto& [of, chart] : kCharts) {
    if (of == table) *page += fmt::format("<figure id=\"chart-{}\"></figure>\n", chart);
  }
  if (table.starts_with("stages") || table.starts_with("steps"))
    *page += fmt::format("<figure id=\"chart-{}\"></figure>\n", table);
}

}  // namespace

bool HasCharts() { return !kPlotScript.empty(); }

std::string ToHtml(const Report& report) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"sinew "
      "{}\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n",
      kVersion, EscapeHtml(report.title), kPageStyle, EscapeHtml(report.title));
  page += fmt::format("<p class=\"provenance\">{}</p>\n", EscapeHtml(Provenance(report)));
  for (const Table& table : MakeTables(report)) {
    page += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", table.id, EscapeHtml(table.title));
    AddCharts(table.id, &page);
    AddTable(table, &page);
    page += "</section>\n";
  }
  page += "</main>\n";
  if (HasCharts()) {
    page += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n", ScriptData(ChartData(report)));
    // Each library with its licence, as that asks for.
    for (const auto& [licence, script] : {std::pair{kD3Licence, kD3Script}, {kPlotLicence, kPlotScript}}) {
      page += fmt::format("<script>\n/*\n{}*/\n{}\n</script>\n", licence, script);
    }
    page += fmt::format("<script>\n{}</script>\n", kPageScript);
  }
  return page + "</body>\n</html>\n";
}

}  // namespace sinew::report
