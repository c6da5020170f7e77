// Records of the same frame, side by side.
#include "compare_people.h"

#include <map>
#include <utility>

#include "base/error.h"
#include "output/jsonl.h"

namespace sinew::cli {

Result<Comparison> ComparePeople(const std::vector<output::Record>& expected, const std::vector<output::Record>& found, const std::string& found_name,
                                 const evaluate::AgreementOptions& options) {
  // One side may come from a file, where names are text.
  std::map<std::pair<std::string, int64_t>, const output::Record*> by_frame;
  for (const output::Record& record : found) by_frame.emplace(std::pair(output::AsReadBack(record.source), record.frame), &record);
  SINEW_ASSIGN_OR_RETURN(evaluate::AgreementCounter counter, evaluate::AgreementCounter::Create(options));
  Comparison comparison;
  for (const output::Record& record : expected) {
    const auto other = by_frame.find({output::AsReadBack(record.source), record.frame});
    if (other == by_frame.end()) {
      return NotFound("{}: has no record of {} frame {}: both sides need the same inputs, named alike", found_name, record.source, record.frame);
    }
    if (!record.error.empty() || !other->second->error.empty()) {
      comparison.failed.push_back(record.error.empty() ? other->second->error : record.error);
      continue;
    }
    if (Status status = counter.Add(record.people, other->second->people); !status.ok()) {
      return Prefixed(fmt::format("{} frame {}", record.source, record.frame), status);
    }
  }
  comparison.agreement = counter.Summary();
  return comparison;
}

}  // namespace sinew::cli
