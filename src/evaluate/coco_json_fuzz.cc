// COCO documents from anywhere: read or refused; what was read is evaluated to figures between 0 and 1, or to none.
#include <cstdlib>
#include <vector>

#include "evaluate/coco_eval.h"
#include "evaluate/coco_json.h"

// The text up to the first NUL is the annotations, what follows the results.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sinew::evaluate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\0'), size);
  const auto dataset = ParseCocoAnnotations(text.substr(0, end), "annotations");
  if (!dataset.ok() || end == size) return 0;
  const auto detections = ParseCocoResults(text.substr(end + 1), "results", *dataset);
  if (!detections.ok()) return 0;
  std::vector<int64_t> images;
  for (const CocoImage& image : dataset->images) images.push_back(image.id);
  const CocoFigures figures = EvaluateCoco(images, dataset->people, *detections);
  for (double figure : {figures.ap, figures.ap_large, figures.ar, figures.ar_medium}) {
    if (!(figure == -1 || (figure >= 0 && figure <= 1 + 1e-9))) std::abort();
  }
  return 0;
}
