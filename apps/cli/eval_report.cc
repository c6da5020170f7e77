// Figures of evaluations as text.
#include "eval_report.h"

#include "print.h"

namespace sinew::cli {
namespace {

// Name and value of each figure, in the order of COCO's own tools.
template <class F>
void ForEachFigure(const evaluate::CocoFigures& f, const F& use) {
  use("AP", f.ap), use("AP 0.50", f.ap50), use("AP 0.75", f.ap75), use("AP medium", f.ap_medium);
  use("AP large", f.ap_large), use("AR", f.ar), use("AR 0.50", f.ar50), use("AR 0.75", f.ar75);
  use("AR medium", f.ar_medium), use("AR large", f.ar_large);
}

}  // namespace

void PrintAgreement(const evaluate::Agreement& a, const std::string& name, const std::string& reference) {
  Print("{}\n  against {}\n", name, reference);
  Print("  pictures   {}\n", a.pictures);
  Print("  people     {} found, {} expected, {} of them the same\n", a.found, a.expected, a.matched);
  Print("  agreement  F1 {:.4f}, precision {:.4f}, recall {:.4f}, mean OKS {:.4f}\n", a.f1, a.precision, a.recall,
        a.mean_oks);
  Print("  keypoints  {} had by both, {} missing, {} surplus\n", a.common_keypoints, a.missing_keypoints,
        a.surplus_keypoints);
  Print("  distance   p50 {:.3f} pixels, p90 {:.3f}, p95 {:.3f}, p99 {:.3f}, most {:.3f}\n", a.pixels.p50, a.pixels.p90,
        a.pixels.p95, a.pixels.p99, a.pixels.most);
}

void PrintCoco(const documents::Evaluation& evaluation, const std::string& name) {
  Print("{}\n  {} pictures, {} people found\n", name, evaluation.pictures, evaluation.people);
  ForEachFigure(*evaluation.coco, [](const char* figure, double value) {
    value < 0 ? Print("  {:<10} nobody to find\n", figure) : Print("  {:<10} {:.4f}\n", figure, value);
  });
}

}  // namespace sinew::cli
