// Prices of machines, and figures that others have published for them.
//
// The built-in book is prices/book.json; files of the same form add to it:
//   {"prices": [{"instance": "c6a.large", "per_hour": 0.0765, "currency": "USD", "region": "us-east-1",
//                "market": "on-demand", "date": "2026-11-01", "source": "the provider's price list",
//                "verified": true}]}
// Only "instance" and "per_hour" must be there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "measure/documents/documents.h"
#include "sinew/status.h"

namespace sinew::price {

struct Price {
  std::string instance, region, market = "on-demand", currency = "USD", date, source;
  bool verified = true;  // false: nobody has compared it with the provider's list
  std::string gpu;       // the one GPU that the instance has, as its driver names it: "Tesla T4"; may be empty
  double per_hour = 0;
};

// A figure of somebody else's, with another program.
struct Published {
  std::string instance, hardware, model, resolution, source;
  std::string configuration;  // beyond model and resolution: "4 copies on 4 cores"; may be empty
  bool projection = false;    // calculated by them, not measured
  double seconds_per_image = 0;
};

class PriceBook {
 public:
  // What sinew was built with.
  static PriceBook BuiltIn();

  // Later prices come before earlier ones. `name` stands in messages; kCorrupt.
  Status Add(std::string_view text, std::string_view name);
  void Add(Price price) { prices_.push_back(std::move(price)); }

  // The price of an instance: in its region, or one that holds for all of them, if there is one, else elsewhere; of
  // that market if there is one. Of equally good ones, the one added last.
  std::optional<Price> Find(const std::string& instance, const std::string& region, const std::string& market) const;
  // The cheapest instance with one such GPU, in that market if there is one.
  std::optional<Price> FindGpu(const std::string& gpu, const std::string& market) const;
  const std::vector<Published>& published() const { return published_; }

 private:
  std::vector<Price> prices_;
  std::vector<Published> published_;
};

// "3.6 USD/h, on-demand, us-east-1, of 2020, SOURCE": as much of it as is known.
std::string Describe(const Price& price);

// "0.0765/h", "0.0765": an amount an hour. kInvalidArgument.
Result<double> ParsePrice(std::string_view text);

}  // namespace sinew::price
