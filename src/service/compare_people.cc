// Records of the same frame, side by side.
#include "service/compare_people.h"

#include <map>
#include <utility>

#include "base/error.h"
#include "results/jsonl.h"

namespace sinew::service {

Result<Comparison> ComparePeople(const std::vector<results::Record>& expected,
                                 const std::vector<results::Record>& found, const std::string& found_name,
                                 const evaluate::AgreementOptions& options, const Skeleton& skeleton) {
  // One side may come from a file, where names are text.
  std::map<std::pair<std::string, int64_t>, const results::Record*> by_frame;
  for (const results::Record& record : found)
    by_frame.emplace(std::pair(results::AsReadBack(record.source), record.frame), &record);
  SINEW_ASSIGN_OR_RETURN(evaluate::AgreementCounter counter, evaluate::AgreementCounter::Create(options, skeleton));
  Comparison comparison;
  for (const results::Record& record : expected) {
    const auto other = by_frame.find({results::AsReadBack(record.source), record.frame});
    if (other == by_frame.end()) {
      return NotFound("{}: has no record of {} frame {}: both sides need the same inputs, named alike", found_name,
                      record.source, record.frame);
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

}  // namespace sinew::service
