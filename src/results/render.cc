// The render modes.
#include "results/render.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "media/images/picture_module.h"
#include "media/text.h"
#include "results/color.h"
#include "results/map_layers.h"

namespace sinew::results {
namespace {

// Half picture, half map: both stay visible.
constexpr float kMapOpacity = 0.5f;
// Below it, no byte changes.
constexpr float kLeastOpacity = 0.5f / 255;

// A 30th of the picture's mean side: 16 pixels at 640x360.
int LetterHeight(const media::Image& image) { return std::max(6, static_cast<int>(MeanSide(image) / 30)); }

uint8_t* PixelRow(media::Image* image, int y) {
  return image->pixels.data() + 3 * static_cast<size_t>(y) * static_cast<size_t>(image->width);
}

void BlendHeat(const Plane& plane, float opacity, media::Image* image) {
  static const HeatColors colors;
  Stretched heat(plane, image->width, image->height);
  for (int y = 0; y < image->height; ++y) {
    uint8_t* pixel = PixelRow(image, y);
    for (const float value : heat.Row(y)) {
      Blend(colors(value), opacity, pixel);
      pixel += 3;
    }
  }
}

void BlendField(const Field& field, media::Image* image) {
  static const DirectionColors colors;
  Stretched xs(field.x, image->width, image->height), ys(field.y, image->width, image->height);
  for (int y = 0; y < image->height; ++y) {
    const std::vector<float>&row_x = xs.Row(y), &row_y = ys.Row(y);
    uint8_t* pixel = PixelRow(image, y);
    for (size_t x = 0; x < row_x.size(); ++x, pixel += 3) {
      const float strength = std::min(std::sqrt(row_x[x] * row_x[x] + row_y[x] * row_y[x]), 1.0f);
      if (strength > kLeastOpacity) Blend(colors(row_x[x], row_y[x]), strength, pixel);
    }
  }
}

// Each pixel the mean of four; a last odd row or column is left out.
media::Image HalfSize(const media::Image& image) {
  media::Image half = media::Image::OfSize(std::max(1, image.width / 2), std::max(1, image.height / 2));
  uint8_t* out = half.pixels.data();
  for (int y = 0; y < half.height; ++y) {
    for (int x = 0; x < half.width; ++x) {
      for (size_t c = 0; c < 3; ++c) {
        const auto at = [&](int from_x, int from_y) {
          const size_t column = static_cast<size_t>(std::min(from_x, image.width - 1));
          const size_t row = static_cast<size_t>(std::min(from_y, image.height - 1));
          return int{image.pixels[3 * (row * static_cast<size_t>(image.width) + column) + c]};
        };
        *out++ = static_cast<uint8_t>(
            (at(2 * x, 2 * y) + at(2 * x + 1, 2 * y) + at(2 * x, 2 * y + 1) + at(2 * x + 1, 2 * y + 1) + 2) / 4);
      }
    }
  }
  return half;
}

void Paste(const media::Image& panel, int left, int top, media::Image* image) {
  const size_t row_bytes = 3 * static_cast<size_t>(panel.width);
  for (int y = 0; y < panel.height; ++y) {
    std::copy_n(panel.pixels.data() + static_cast<size_t>(y) * row_bytes, row_bytes,
                PixelRow(image, top + y) + 3 * left);
  }
}

// Above the highest keypoint.
Status WriteId(const Person& person, int64_t id, media::Image* image) {
  const Keypoint* highest = nullptr;
  for (const Keypoint& k : person.keypoints) {
    if (IsDrawable(k) && (highest == nullptr || k.y < highest->y)) highest = &k;
  }
  if (highest == nullptr) return Status();
  const int height = LetterHeight(*image);
  return media::DrawText(fmt::format("{}", id), static_cast<int>(highest->x), static_cast<int>(highest->y) - height,
                         height, image);
}

}  // namespace

Result<Renderer> Renderer::Create(const RenderOptions& options, const ModelDescription& description,
                                  const Skeleton& skeleton) {
  if (options.black_background && options.mode != RenderMode::kSkeleton) {
    return InvalidArgument(
        "a black background goes with the skeleton only: the other renderings show the picture or the maps");
  }
  SINEW_RETURN_IF_ERROR(CheckDrawOptions(options.people));
  if (options.person_ids || (options.mode == RenderMode::kQuad && options.titles)) {
    const Result<const media::PictureModule*> module = media::LoadPictureModule();
    if (!module.ok()) return Prefixed("letters on rendered pictures", module.status());
  }
  return Renderer(options, description, skeleton);
}

Status Renderer::RenderPeople(const Record& record, media::Image* image) const {
  DrawPeople(record.people, skeleton_, image, options_.people);
  if (!options_.person_ids || record.person_ids.size() != record.people.size()) return Status();
  for (size_t i = 0; i < record.people.size(); ++i)
    SINEW_RETURN_IF_ERROR(WriteId(record.people[i], record.person_ids[i], image));
  return Status();
}

Status Renderer::RenderQuad(const Record& record, const TensorView& maps, media::Image* image) const {
  const Field widest = WidestField(maps, description_);
  std::array<media::Image, 4> panels;
  panels[1] = HalfSize(*image);
  BlendHeat(HighestHeat(maps, description_), kMapOpacity, &panels[1]);
  for (media::Image* panel : {&panels[2], &panels[3]}) *panel = media::Image::OfSize(panels[1].width, panels[1].height);
  BlendHeat(widest.x, 1, &panels[2]);
  BlendHeat(widest.y, 1, &panels[3]);
  SINEW_RETURN_IF_ERROR(RenderPeople(record, image));
  panels[0] = HalfSize(*image);

  constexpr const char* kTitles[] = {"result", "heat map", "PAF x", "PAF y"};
  const int width = panels[0].width, height = panels[0].height;
  *image = media::Image::OfSize(2 * width, 2 * height);
  for (size_t i = 0; i < panels.size(); ++i) {
    const int letters = LetterHeight(panels[i]);
    if (options_.titles)
      SINEW_RETURN_IF_ERROR(media::DrawText(kTitles[i], letters / 2, letters + letters / 2, letters, &panels[i]));
    Paste(panels[i], i % 2 == 0 ? 0 : width, i < 2 ? 0 : height, image);
  }
  return Status();
}

Status Renderer::Render(const Record& record, const TensorView& maps, std::string_view caption,
                        media::Image* image) const {
  if (image->width < 1 || image->height < 1) return InvalidArgument("{}: there is no picture to render", record.source);
  if (needs_maps() &&
      (maps.data == nullptr || maps.channels != description_.map_channels() || maps.width < 1 || maps.height < 1)) {
    return InvalidArgument("{}: maps of {}x{}x{}, must be heat maps and fields of {} with {} channels", record.source,
                           maps.height, maps.width, maps.channels, description_.skeleton.name,
                           description_.map_channels());
  }
  switch (options_.mode) {
    case RenderMode::kSkeleton:
      if (options_.black_background) std::fill(image->pixels.begin(), image->pixels.end(), uint8_t{0});
      SINEW_RETURN_IF_ERROR(RenderPeople(record, image));
      break;
    case RenderMode::kHeatmap:
      BlendHeat(HighestHeat(maps, description_), kMapOpacity, image);
      break;
    case RenderMode::kPaf:
      BlendField(StrongestField(maps, description_), image);
      break;
    case RenderMode::kQuad:
      SINEW_RETURN_IF_ERROR(RenderQuad(record, maps, image));
      break;
  }
  if (caption.empty()) return Status();
  const int letters = LetterHeight(*image);
  return media::DrawText(caption, letters / 2, image->height - letters / 2, letters, image);
}

}  // namespace sinew::results
