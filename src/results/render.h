// Pictures of results: people, or what the network saw.
#pragma once

#include <string_view>

#include "media/images/image.h"
#include "results/draw.h"
#include "results/record.h"
#include "sinew/model.h"
#include "sinew/model_description.h"

namespace sinew::results {

enum class RenderMode {
  kSkeleton,  // people drawn on the picture
  kHeatmap,   // the highest heat of all keypoints, in colours of growing brightness (color.h)
  kPaf,       // the strongest field of all limbs: its direction as a hue, its strength as opacity
  kQuad,  // four panels at half size: result, heat map, and the greatest x and y of the fields (as tf-pose-estimation's
          // run.py)
};

struct RenderOptions {
  RenderMode mode = RenderMode::kSkeleton;
  bool black_background = false;  // instead of the picture; with kSkeleton
  DrawOptions people;             // how people are drawn
  bool person_ids = false;        // written beside people that were followed, where people are drawn
  bool titles = true;             // of kQuad's panels
};

// Thread-safe.
class Renderer {
 public:
  // kInvalidArgument for options that contradict each other or are out of range; kUnavailable where they need letters
  // and their module is not installed (media/text.h).
  static Result<Renderer> Create(const RenderOptions& options, const ModelDescription& description) {
    return Create(options, description, description.skeleton);
  }
  // `skeleton` is that of the people, where it is not the model's.
  static Result<Renderer> Create(const RenderOptions& options, const ModelDescription& description,
                                 const Skeleton& skeleton);

  // Whether Render looks at the maps.
  bool needs_maps() const { return options_.mode != RenderMode::kSkeleton; }

  // Turns the decoded picture into its rendered form, of the same size (kQuad: of twice the halves, so that odd sizes
  // lose a row or column). `maps` is the network's output on it, and `caption`, such as the frame rate, goes into the
  // lower left corner. kInvalidArgument where the picture is empty or the maps are not the description's, kUnavailable
  // where there is a caption and no module for letters.
  Status Render(const Record& record, const TensorView& maps, std::string_view caption, media::Image* image) const;

 private:
  Renderer(const RenderOptions& options, const ModelDescription& description, const Skeleton& skeleton)
      : options_(options), description_(description), skeleton_(skeleton) {}
  Status RenderPeople(const Record& record, media::Image* image) const;
  Status RenderQuad(const Record& record, const TensorView& maps, media::Image* image) const;

  RenderOptions options_;
  ModelDescription description_;
  Skeleton skeleton_;
};

}  // namespace sinew::results
