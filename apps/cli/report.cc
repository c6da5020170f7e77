// sinew report: everything that was measured, on one page.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <ctime>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "command.h"
#include "cost_flags.h"
#include "measure/report/report.h"
#include "print.h"

namespace sinew::cli {
namespace {

struct ReportFlags {
  CostFlags costs;
  std::string output, title = "Pose estimation: speed and cost";
  bool markdown = false;
};

Status RunReport(const ReportFlags& options) {
  const NamedFile written[] = {{"-o", options.output}};
  SINEW_RETURN_IF_ERROR(CheckOutputs(CostFiles(options.costs), written));
  SINEW_ASSIGN_OR_RETURN(Costs costs, ReadCosts(options.costs));
  const bool markdown = options.markdown || options.output.ends_with(".md");
  if (options.output.empty() && !markdown)
    return InvalidArgument("say with -o where the page goes, or ask for --markdown on standard output");
  if (!markdown && !report::HasCharts()) {
    PrintError(
        "sinew: this build has no chart library, the page has tables alone: run scripts/fetch_charts.sh and "
        "build again\n");
  }
  const std::time_t now = std::time(nullptr);
  const report::Report report = {options.title, std::move(costs.documents), std::move(costs.rows),
                                 fmt::format("{:%Y-%m-%d}", fmt::gmtime(now))};
  const std::string text = markdown ? report::ToMarkdown(report) : report::ToHtml(report);
  if (!options.output.empty()) return WriteFile(options.output, text);
  PrintRaw(stdout, text);
  return Status();
}

}  // namespace

void AddReportCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<ReportFlags>();
  CLI::App* command =
      app.add_subcommand("report", "Put measurements on one page: cost, latency, scaling, profiles, accuracy");
  AddCostFlags(command, &options->costs);
  command->add_option("-o,--output", options->output, "The page (.html), or tables (.md)")->type_name("FILE");
  command->add_option("--title", options->title, "Title of the page")->capture_default_str();
  command->add_flag("--markdown", options->markdown, "Tables as Markdown, on standard output without -o");
  command->footer(
      "Examples:\n"
      "  sinew bench mobilenet_thin photo.jpg --threads 1,2 --json >results/bench.json\n"
      "  sinew profile mobilenet_thin photo.jpg --json >results/profile.json\n"
      "  sinew report results/ --instance c6a.large --price 0.0765/h -o report.html\n"
      "  sinew report results/ --markdown");
  command->callback([=] {
    *action = [=] {
      const Status status = RunReport(*options);
      return status.ok() ? kSuccess : static_cast<ExitCode>(Fail(status));
    };
  });
}

}  // namespace sinew::cli
