// Reading price books, and looking prices up.
#include "measure/price/price_book.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/error.h"
#include "measure/documents/fields.h"
#include "price_book_json.h"

namespace sinew::price {
namespace {

constexpr double kDearest = 1e9;  // an hour
constexpr double kSlowest = 1e9;  // seconds a picture

}  // namespace

PriceBook PriceBook::BuiltIn() {
  PriceBook book;
  SINEW_CHECK(book.Add(kPriceBookJson, "the built-in price book").ok());
  return book;
}

Status PriceBook::Add(std::string_view text, std::string_view name) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return Corrupt("{}: is not JSON", name);
  Status status;
  std::vector<Price> prices;
  std::vector<Published> published;
  std::map<std::string, std::string> sources;
  using documents::Fields;
  Fields fields(json, "", &status);
  // A source that many entries share stands apart, under a short name.
  if (fields.Has("sources")) {
    for (const auto& [key, value] : json["sources"].items()) sources[key] = fields.Object("sources").Text(key.c_str());
  }
  const auto source = [&](Fields& entry) {
    const std::string named = entry.TextOr("source", "");
    return sources.contains(named) ? sources[named] : named;
  };
  fields.ForEach("prices", [&](Fields entry) {
    Price price;
    price.instance = entry.Text("instance");
    price.region = entry.TextOr("region", "");
    price.market = entry.TextOr("market", "on-demand");
    price.currency = entry.TextOr("currency", "USD");
    price.date = entry.TextOr("date", "");
    price.source = source(entry);
    price.verified = entry.FlagOr("verified", true);
    price.gpu = entry.TextOr("gpu", "");
    price.per_hour = entry.Number("per_hour", 0, kDearest);
    prices.push_back(std::move(price));
  });
  fields.ForEach("published", [&](Fields entry) {
    published.push_back({entry.Text("instance"), entry.TextOr("hardware", ""), entry.Text("model"),
                         entry.Text("resolution"), source(entry), entry.TextOr("configuration", ""),
                         entry.FlagOr("projection", false), entry.Number("seconds_per_image", 1e-9, kSlowest)});
  });
  if (status.ok() && prices.empty() && published.empty()) status = Corrupt("has neither \"prices\" nor \"published\"");
  if (!status.ok()) return Prefixed(name, status);
  prices_.insert(prices_.end(), prices.begin(), prices.end());
  published_.insert(published_.end(), published.begin(), published.end());
  return Status();
}

std::optional<Price> PriceBook::Find(const std::string& instance, const std::string& region,
                                     const std::string& market) const {
  const Price* best = nullptr;
  int best_fit = -1;
  for (const Price& price : prices_) {
    if (price.instance != instance) continue;
    const bool here = price.region.empty() || price.region == region;
    const int fit = 2 * here + (price.market == market);
    if (fit >= best_fit) {  // of equal ones, the one that was added last
      best = &price;
      best_fit = fit;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::optional<Price> PriceBook::FindGpu(const std::string& gpu, const std::string& market) const {
  const Price* best = nullptr;
  const auto precedes = [&](const Price& a, const Price& b) {
    const bool fits_a = a.market == market, fits_b = b.market == market;
    return fits_a != fits_b ? fits_a : a.per_hour < b.per_hour;
  };
  for (const Price& price : prices_) {
    if (price.gpu != gpu || gpu.empty()) continue;
    if (best == nullptr || precedes(price, *best)) best = &price;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::string Describe(const Price& price) {
  std::string text = fmt::format("{} {}/h, {}", price.per_hour, price.currency, price.market);
  for (const std::string& part : {price.region, price.date.empty() ? "" : "of " + price.date, price.source}) {
    if (!part.empty()) text += ", " + part;
  }
  return price.verified ? text : text + ", unverified";
}

Result<double> ParsePrice(std::string_view text) {
  std::string_view number = text;
  for (const std::string_view suffix : {"/hour", "/h"}) {
    if (number.ends_with(suffix)) number.remove_suffix(suffix.size());
  }
  if (number.starts_with('$')) number.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !(value >= 0 && value <= kDearest)) {
    return InvalidArgument("\"{}\" is not a price: give an amount an hour, such as 0.0765/h", text);
  }
  return value;
}

}  // namespace sinew::price
