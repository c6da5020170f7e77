// Flags to a table of costs.
#include "cost_flags.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/file.h"
#include "command.h"

namespace sinew::cli {
namespace {

constexpr uint64_t kMaxBookBytes = uint64_t{64} << 20;

Result<price::PriceBook> ReadBooks(const CostFlags& flags) {
  price::PriceBook book = price::PriceBook::BuiltIn();
  for (const std::string& path : flags.books) {
    SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBookBytes));
    SINEW_RETURN_IF_ERROR(book.Add(text, path));
  }
  if (flags.price.empty()) return book;
  if (flags.instance.empty())
    return InvalidArgument("--price {}: say with --instance which type has this price", flags.price);
  price::Price own;
  own.instance = flags.instance;
  own.market = flags.spot ? "spot" : "on-demand";
  own.currency = flags.currency;
  own.source = "--price";
  SINEW_ASSIGN_OR_RETURN(own.per_hour, price::ParsePrice(flags.price));
  book.Add(own);
  return book;
}

}  // namespace

void AddCostFlags(CLI::App* command, CostFlags* flags) {
  command
      ->add_option("RESULTS", flags->results,
                   "What `sinew bench`, `eval` and `profile` wrote with --json; files, or folders of them")
      ->required();
  command->add_option("--instance", flags->instance, "Instance type of machines that do not know theirs");
  command->add_option("--price", flags->price, "Price per hour of that instance")->type_name("AMOUNT/h");
  command->add_option("--currency", flags->currency, "Currency of --price")->capture_default_str();
  command->add_option("--prices", flags->books, "A file of more prices, as prices/book.json has them")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_flag("--spot", flags->spot, "Use spot prices where there are any");
  command->add_flag("--with-disturbed", flags->with_disturbed,
                    "Compare results of a machine that others used meanwhile, too");
  command->add_flag("--measured-only", flags->measured_only, "Leave out the published figures of the case study");
}

std::vector<NamedFile> CostFiles(const CostFlags& flags) {
  std::vector<NamedFile> files;
  for (const std::string& path : flags.books) files.push_back({"--prices", path});
  for (const std::string& path : flags.results) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) files.push_back({"a result", path});
    for (std::filesystem::directory_iterator i(path, error), end; !error && i != end; i.increment(error)) {
      if (i->path().extension() == ".json") files.push_back({"a result", i->path()});
    }
  }
  return files;
}

Result<Costs> ReadCosts(const CostFlags& flags) {
  Costs costs;
  SINEW_ASSIGN_OR_RETURN(costs.documents, documents::ReadDocuments(flags.results));
  SINEW_ASSIGN_OR_RETURN(const price::PriceBook book, ReadBooks(flags));
  SINEW_ASSIGN_OR_RETURN(costs.rows, price::CostTable(costs.documents, book,
                                                      {flags.spot ? "spot" : "on-demand", flags.instance,
                                                       !flags.measured_only, flags.with_disturbed}));
  return costs;
}

}  // namespace sinew::cli
