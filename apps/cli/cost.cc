// sinew cost: what 1000 pictures cost, machine by machine, and which one to take.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cmath>
#include <memory>

#include "base/error.h"
#include "command.h"
#include "corpus_report.h"
#include "cost_flags.h"
#include "cost_report.h"
#include "print.h"

namespace sinew::cli {
namespace {

struct CostCommand {
  CostFlags costs;
  price::Requirements wanted;
  bool json = false;
  price::CorpusOptions corpus;
  std::string finish_within;

  bool chooses() const {
    return wanted.deadline_ms || wanted.min_fps || wanted.max_cost || wanted.min_agreement || wanted.load;
  }
};

Result<int> PlanFor(const std::vector<price::CostRow>& rows, const CostCommand& options) {
  price::CorpusOptions corpus = options.corpus;
  corpus.restart_minutes = corpus.start_minutes;
  SINEW_ASSIGN_OR_RETURN(corpus.finish_within_hours, price::ParseHours(options.finish_within));
  SINEW_ASSIGN_OR_RETURN(const std::vector<price::CorpusPlan> plans, price::PlanCorpus(rows, corpus));
  if (plans.empty()) return InvalidArgument("no measurement has a price: give --price AMOUNT/h --instance NAME");
  if (options.json) {
    PrintPlansJson(rows, plans, corpus);
  } else {
    PrintPlans(rows, plans, corpus);
  }
  return int{kSuccess};
}

Result<int> RunCost(const CostCommand& options) {
  SINEW_ASSIGN_OR_RETURN(const Costs costs, ReadCosts(options.costs));
  if (costs.documents.benches.empty()) return InvalidArgument("no file has a result of `sinew bench --json`");
  for (const price::CostRow& row : costs.rows) {
    if (row.price) continue;
    PrintError("sinew: {}: no price: give --price AMOUNT/h --instance NAME, or --prices FILE\n", row.machine);
    break;
  }
  if (options.corpus.pictures > 0) return PlanFor(costs.rows, options);
  const price::Choice choice = price::Choose(costs.rows, options.wanted);
  if (options.json) {
    PrintCostsJson(costs.rows, options.chooses() ? &choice : nullptr, options.wanted);
  } else {
    PrintCosts(costs.rows, options.wanted);
    if (options.chooses()) PrintChoice(costs.rows, choice, options.wanted);
  }
  if (!options.chooses() || choice.row) return int{kSuccess};
  PrintError("sinew: nothing meets the requirements: {}\n", choice.why);
  return int{kFailure};
}

}  // namespace

void AddCostCommand(CLI::App& app, Action* action) {
  auto options = std::make_shared<CostCommand>();
  CLI::App* command =
      app.add_subcommand("cost", "Price what was measured: the cost of 1000 pictures by machine and configuration");
  AddCostFlags(command, &options->costs);
  // CLI11's own takes infinity and what is not a number.
  const CLI::Validator positive(
      [](const std::string& text) {
        double value = 0;
        return CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value > 0
                   ? std::string()
                   : text + " is not a positive number";
      },
      "POSITIVE");
  const CLI::Validator load(
      [](const std::string& text) {
        double value = 0;
        return CLI::detail::lexical_cast(text, value) && value <= price::kMaxLoad
                   ? std::string()
                   : fmt::format("{} is more than {} pictures a second", text, price::kMaxLoad);
      },
      "");
  command
      ->add_option("--deadline", options->wanted.deadline_ms,
                   "Choose the cheapest with 99 % of calls within this many ms")
      ->check(positive);
  command->add_option("--min-fps", options->wanted.min_fps, "... with at least this many pictures a second")
      ->check(positive);
  command->add_option("--max-cost", options->wanted.max_cost, "... with 1000 pictures for at most this")
      ->check(positive);
  command
      ->add_option("--min-agreement", options->wanted.min_agreement,
                   "... whose people agree at least this well (F1) with an evaluation's reference")
      ->check(CLI::Range(0.0, 1.0));
  command
      ->add_option("--load", options->wanted.load,
                   "Pictures a second in all: how many machines it takes, and which cost least")
      ->check(positive)
      ->check(load);
  CLI::Option* const corpus =
      command->add_option("--corpus", options->corpus.pictures, "Plan for so many pictures: machines, hours, money")
          ->check(CLI::PositiveNumber);
  command->add_option("--finish-within", options->finish_within, "The time for the corpus: 90m, 8h, 2d")->needs(corpus);
  corpus->needs("--finish-within");
  command
      ->add_option("--interruptions", options->corpus.interruptions_per_hour,
                   "How often an hour a spot machine is taken away")
      ->check(CLI::Range(0.0, 60.0))
      ->needs(corpus);
  command
      ->add_option("--start-minutes", options->corpus.start_minutes,
                   "Until a machine that was asked for works, also after an interruption")
      ->check(CLI::Range(0.0, 1440.0))
      ->capture_default_str();
  command
      ->add_option("--request-price", options->corpus.store_price_per_1000,
                   "Of 1000 read requests to the store that the pictures are in")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Exit code 1 where nothing meets the requirements.\n"
      "Examples:\n"
      "  sinew cost results/ --instance c6a.large --price 0.0765/h\n"
      "  sinew cost results/*.json --prices my-prices.json --spot --deadline 100 --load 250\n"
      "  sinew cost results/ --spot --corpus 10000000 --finish-within 8h --interruptions 0.05\n"
      "  sinew cost results/ --min-agreement 0.98 --max-cost 0.01 --json");
  command->callback([=] {
    *action = [=] {
      const Result<int> code = RunCost(*options);
      return code.ok() ? *code : Fail(code.status());
    };
  });
}

}  // namespace sinew::cli
