// Joining benchmarks, evaluations and prices; comparing the results.
#include "measure/price/cost.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "base/error.h"

namespace sinew::price {
namespace {

// What the benchmark ran, if an evaluation tells of it. The network alone stands for the usual post-processing.
constexpr int kUsualTaps = 25;
constexpr double kUsualRatio = 4;

bool Evaluates(const documents::EvaluatedConfiguration& configuration, const documents::Bench& bench) {
  return configuration.results.empty() && configuration.model_xxh3 == bench.model_xxh3 &&
         configuration.resolution == bench.resolution && configuration.resize_mode == "stretch" &&
         configuration.smoothing_taps == bench.smoothing_taps.value_or(kUsualTaps) &&
         configuration.resize_out_ratio == bench.resize_out_ratio.value_or(kUsualRatio);
}

void AddAccuracy(const documents::Documents& documents, const documents::Bench& bench, CostRow* row) {
  for (const documents::Evaluation& evaluation : documents.evaluations) {
    if (Evaluates(evaluation.configuration, bench)) {
      if (evaluation.agreement) row->agreement = evaluation.agreement->f1;
      if (evaluation.coco && evaluation.coco->ap >= 0) row->ap = evaluation.coco->ap;
    }
    // What others are compared with agrees with itself.
    if (evaluation.reference && evaluation.agreement && Evaluates(*evaluation.reference, bench) && !row->agreement)
      row->agreement = 1;
  }
}

std::string ConfigurationName(const documents::Documents& documents, const documents::Bench& bench) {
  std::string text = fmt::format("{} {} {}, {} x {} thread{}", ModelName(documents, bench), bench.resolution,
                                 bench.target, bench.replicas, bench.threads, bench.threads == 1 ? "" : "s");
  if (bench.batch > 1) text += fmt::format(", batch {}", bench.batch);
  if (bench.smoothing_taps) text += fmt::format(", {} taps", *bench.smoothing_taps);
  if (bench.resize_out_ratio) text += fmt::format(", ratio {}", *bench.resize_out_ratio);
  if (bench.rate) text += fmt::format(", {} calls/s", *bench.rate);
  return text + (bench.workload == "network" ? ", network alone" : "");
}

std::string DescribeCaveat(const Price& price, const std::string& region, const std::string& market) {
  std::string caveat;
  if (!region.empty() && !price.region.empty() && price.region != region)
    caveat = fmt::format("the machine is in {}, the price of {}", region, price.region);
  if (price.market != market) caveat += fmt::format("{}there is no {} price", caveat.empty() ? "" : "; ", market);
  return caveat;
}

// Higher is better. Agreement where anybody has it, else average precision: the two do not compare.
double Accuracy(const CostRow& row, bool by_agreement) {
  return (by_agreement ? row.agreement : row.ap).value_or(-std::numeric_limits<double>::infinity());
}

bool Beats(const CostRow& a, const CostRow& b, bool by_agreement) {
  const double cost_a = *a.cost_of_1000(), cost_b = *b.cost_of_1000();
  const double accuracy_a = Accuracy(a, by_agreement), accuracy_b = Accuracy(b, by_agreement);
  const bool no_worse = cost_a <= cost_b && *a.p50_ms <= *b.p50_ms && accuracy_a >= accuracy_b;
  return no_worse && (cost_a < cost_b || *a.p50_ms < *b.p50_ms || accuracy_a > accuracy_b);
}

// Rows that compare: whole ways if there are any, else networks alone.
class Competition {
 public:
  explicit Competition(const std::vector<CostRow>& rows)
      : network_only_(std::none_of(rows.begin(), rows.end(), [](const CostRow& row) {
          return !row.published && row.disturbance.empty() && !row.network_only;
        })) {}
  bool Has(const CostRow& row) const {
    return !row.published && row.disturbance.empty() && row.network_only == network_only_;
  }

 private:
  bool network_only_;
};

}  // namespace

std::string ModelName(const documents::Documents& documents, const documents::Bench& bench) {
  constexpr size_t kTold = 8;
  const bool ambiguous =
      std::any_of(documents.benches.begin(), documents.benches.end(), [&](const documents::Bench& other) {
        return other.model == bench.model && other.resolution == bench.resolution && other.target == bench.target &&
               other.model_xxh3 != bench.model_xxh3;
      });
  return ambiguous ? fmt::format("{} [{}]", bench.model, bench.model_xxh3.substr(0, kTold)) : bench.model;
}

Result<std::vector<CostRow>> CostTable(const documents::Documents& documents, const PriceBook& book,
                                       const CostOptions& options) {
  std::vector<CostRow> rows;
  for (const documents::Bench& bench : documents.benches) {
    CostRow row;
    const documents::Machine& machine = bench.machine;
    const std::string instance = machine.instance ? machine.instance->type : options.instance;
    row.machine = instance.empty() ? machine.processor : instance;
    row.hardware =
        fmt::format("{}, {} processor{}", machine.processor, machine.processors, machine.processors == 1 ? "" : "s");
    if (!machine.gpu.empty()) row.hardware = fmt::format("{}; {}", machine.gpu, row.hardware);
    row.configuration = ConfigurationName(documents, bench);
    row.model = bench.model;
    row.resolution = bench.resolution;
    row.network_only = bench.workload == "network";
    // With an open loop the machine idles between the calls: its throughput is the load's.
    row.seconds_per_image = bench.seconds_per_image();
    if (!options.with_disturbed) row.disturbance = bench.Disturbance();
    row.p50_ms = bench.p50_ms;
    row.p99_ms = bench.p99_ms;
    const std::string region = machine.instance ? machine.instance->region : "";
    if (!instance.empty()) {
      row.price = book.Find(instance, region, options.market);
    } else if (!machine.gpu.empty()) {
      row.price = book.FindGpu(machine.gpu, options.market);
      row.machine = row.price ? row.price->instance : machine.gpu;
    }
    if (row.price) row.price_caveat = DescribeCaveat(*row.price, region, options.market);
    AddAccuracy(documents, bench, &row);
    rows.push_back(std::move(row));
  }
  for (const Published& published : options.published ? book.published() : std::vector<Published>()) {
    CostRow row;
    row.machine = published.instance;
    row.hardware = published.hardware;
    row.configuration = fmt::format("{} {}", published.model, published.resolution);
    if (!published.configuration.empty()) row.configuration += ", " + published.configuration;
    if (published.projection) row.configuration += " (projection)";
    row.projection = published.projection;
    row.model = published.model;
    row.resolution = published.resolution;
    row.published = true;
    row.source = published.source;
    row.seconds_per_image = published.seconds_per_image;
    row.price = book.Find(published.instance, "", "on-demand");
    rows.push_back(std::move(row));
  }
  const CostRow* first = nullptr;
  for (const CostRow& row : rows) {
    if (!row.price) continue;
    if (first == nullptr) first = &row;
    if (row.price->currency != first->price->currency) {
      const bool with_published = first->published != row.published;
      return InvalidArgument("{} is priced in {} and {} in {}: convert them to one currency{}", first->machine,
                             first->price->currency, row.machine, row.price->currency,
                             with_published ? ", or leave the published figures out (--measured-only)" : "");
    }
  }
  MarkParetoFront(&rows);
  return rows;
}

std::vector<std::string> PriceLines(const std::vector<CostRow>& rows) {
  std::vector<std::string> lines;
  for (const CostRow& row : rows) {
    if (row.published || !row.price) continue;
    std::string line = fmt::format("{}: {}", row.machine, Describe(*row.price));
    if (!row.price_caveat.empty()) line += fmt::format(" ({})", row.price_caveat);
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  }
  return lines;
}

void MarkParetoFront(std::vector<CostRow>* rows) {
  const bool by_agreement =
      std::any_of(rows->begin(), rows->end(), [](const CostRow& row) { return row.agreement.has_value(); });
  const Competition competition(*rows);
  const auto competes = [&](const CostRow& row) { return competition.Has(row) && row.price && row.p50_ms; };
  for (CostRow& row : *rows) {
    row.pareto = competes(row) && std::none_of(rows->begin(), rows->end(), [&](const CostRow& other) {
                   return competes(other) && Beats(other, row, by_agreement);
                 });
  }
}

int64_t MachinesFor(double load, const CostRow& row) {
  // A load that is a whole number of machines up to rounding takes no further one.
  constexpr double kRounding = 1e-9;
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(load * row.seconds_per_image - kRounding)));
}

Choice Choose(const std::vector<CostRow>& rows, const Requirements& wanted) {
  Choice choice;
  const Competition competition(rows);
  int disturbed = 0, unpriced = 0, late = 0, slow = 0, dear = 0, inaccurate = 0;
  constexpr double kNone = std::numeric_limits<double>::infinity();
  std::tuple least(kNone, kNone, kNone);
  for (size_t i = 0; i < rows.size(); ++i) {
    const CostRow& row = rows[i];
    disturbed += !row.disturbance.empty();
    if (!competition.Has(row)) continue;
    if (!row.price) {
      ++unpriced;
      continue;
    }
    const bool is_late = wanted.deadline_ms && !(row.p99_ms && *row.p99_ms <= *wanted.deadline_ms);
    const bool is_slow = wanted.min_fps && row.pictures_per_second() < *wanted.min_fps;
    const bool is_dear = wanted.max_cost && *row.cost_of_1000() > *wanted.max_cost;
    const bool is_inaccurate = wanted.min_agreement && !(row.agreement && *row.agreement >= *wanted.min_agreement);
    late += is_late, slow += is_slow, dear += is_dear, inaccurate += is_inaccurate;
    if (is_late || is_slow || is_dear || is_inaccurate) continue;
    const int64_t machines = wanted.load ? MachinesFor(*wanted.load, row) : 1;
    // Machines are paid as a whole: with a load, several configurations of one machine often cost the same.
    const double cost = wanted.load ? static_cast<double>(machines) * row.price->per_hour : *row.cost_of_1000();
    const std::tuple order(cost, *row.cost_of_1000(), row.p50_ms.value_or(kNone));
    if (!choice.row || order < least) {
      least = order;
      choice.row = i;
      choice.machines = machines;
    }
  }
  if (choice.row) return choice;
  const auto tell = [&](int count, const char* what) {
    if (count > 0) choice.why += fmt::format("{}{} {}", choice.why.empty() ? "" : ", ", count, what);
  };
  tell(disturbed, "disturbed while it was measured"), tell(unpriced, "without a price"), tell(late, "too late"),
      tell(slow, "too slow"), tell(dear, "too dear"), tell(inaccurate, "not accurate enough, or not evaluated");
  if (choice.why.empty()) choice.why = "nothing was measured";
  return choice;
}

}  // namespace sinew::price
