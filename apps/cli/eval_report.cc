// Figures of evaluations as text and JSON.
#include "eval_report.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "sinew/version.h"

namespace sinew::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json SideJson(const EvaluatedSide& side) {
  if (!side.results.empty()) return {{"results", side.results}};
  return {{"model", side.model},
          {"model_xxh3", fmt::format("{:016x}", side.model_xxh3)},
          {"target", side.target},
          {"resolution", ToString(side.resolution)},
          {"smoothing_taps", side.decode.smoothing_taps},
          {"resize_out_ratio", side.decode.resize_out_ratio},
          {"resize_mode", side.resize_mode}};
}

Json PercentilesJson(const evaluate::Percentiles& values) {
  return {{"p50", values.p50}, {"p90", values.p90}, {"p95", values.p95}, {"p99", values.p99}, {"max", values.most}};
}

// Name and value of each figure, in the order of COCO's own tools.
template <class F>
void ForEachFigure(const evaluate::CocoFigures& f, const F& use) {
  use("ap", "AP", f.ap), use("ap50", "AP 0.50", f.ap50), use("ap75", "AP 0.75", f.ap75),
      use("ap_medium", "AP medium", f.ap_medium);
  use("ap_large", "AP large", f.ap_large), use("ar", "AR", f.ar), use("ar50", "AR 0.50", f.ar50),
      use("ar75", "AR 0.75", f.ar75);
  use("ar_medium", "AR medium", f.ar_medium), use("ar_large", "AR large", f.ar_large);
}

Json Head(const char* kind, const EvaluatedSide& side) {
  return {{"eval_format", kFormat}, {"version", kVersion}, {"kind", kind}, {"configuration", SideJson(side)}};
}

}  // namespace

void PrintAgreement(const evaluate::Agreement& a, const EvaluatedSide& side, const EvaluatedSide& reference) {
  fmt::print("{}\n  against {}\n", side.name, reference.name);
  fmt::print("  pictures   {}\n", a.pictures);
  fmt::print("  people     {} found, {} expected, {} of them the same\n", a.found, a.expected, a.matched);
  fmt::print("  agreement  F1 {:.4f}, precision {:.4f}, recall {:.4f}, mean OKS {:.4f}\n", a.f1, a.precision, a.recall,
             a.mean_oks);
  fmt::print("  keypoints  {} had by both, {} missing, {} surplus\n", a.common_keypoints, a.missing_keypoints,
             a.surplus_keypoints);
  fmt::print("  distance   p50 {:.3f} pixels, p90 {:.3f}, p95 {:.3f}, p99 {:.3f}, most {:.3f}\n", a.pixels.p50,
             a.pixels.p90, a.pixels.p95, a.pixels.p99, a.pixels.most);
}

void PrintAgreementJson(const evaluate::Agreement& a, const EvaluatedSide& side, const EvaluatedSide& reference,
                        size_t failed) {
  Json json = Head("agreement", side);
  json["reference"] = SideJson(reference);
  json["pictures"] = a.pictures;
  json["failed"] = failed;
  json["agreement"] = {{"expected", a.expected},
                       {"found", a.found},
                       {"matched", a.matched},
                       {"precision", a.precision},
                       {"recall", a.recall},
                       {"f1", a.f1},
                       {"mean_oks", a.mean_oks},
                       {"common_keypoints", a.common_keypoints},
                       {"missing_keypoints", a.missing_keypoints},
                       {"surplus_keypoints", a.surplus_keypoints},
                       {"pixels", PercentilesJson(a.pixels)},
                       {"relative", PercentilesJson(a.relative)}};
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void PrintCoco(const evaluate::CocoFigures& figures, const EvaluatedSide& side, size_t pictures, size_t people) {
  fmt::print("{}\n  {} pictures, {} people found\n", side.name, pictures, people);
  ForEachFigure(figures, [](const char*, const char* name, double value) {
    value < 0 ? fmt::print("  {:<10} nobody to find\n", name) : fmt::print("  {:<10} {:.4f}\n", name, value);
  });
}

void PrintCocoJson(const evaluate::CocoFigures& figures, const EvaluatedSide& side, size_t pictures, size_t people,
                   size_t failed) {
  Json json = Head("coco", side);
  json["reference"] = nullptr;
  json["pictures"] = pictures;
  json["failed"] = failed;
  json["people"] = people;
  // Nothing where nobody counts.
  ForEachFigure(figures, [&](const char* key, const char*, double value) {
    json["coco"][key] = value < 0 ? Json() : Json(value);
  });
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace sinew::cli
