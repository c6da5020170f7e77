// Field by field there and back.
#include "program/description.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/error.h"

namespace sinew::program {
namespace {

PerChannel Pack(const std::array<float, 3>& values) { return PerChannel(values[0], values[1], values[2]); }
std::array<float, 3> Unpack(const PerChannel& values) { return {values.first(), values.second(), values.third()}; }

ChannelRange Pack(const sinew::ChannelRange& range) { return ChannelRange(range.output, range.first, range.count); }
sinew::ChannelRange Unpack(const ChannelRange& range) { return {range.output(), range.first(), range.count()}; }

std::unique_ptr<SkeletonT> Pack(const sinew::Skeleton& skeleton) {
  auto packed = std::make_unique<SkeletonT>();
  packed->name = skeleton.name;
  for (const SkeletonKeypoint& keypoint : skeleton.keypoints) {
    auto entry = std::make_unique<KeypointT>();
    entry->name = keypoint.name;
    entry->color = std::make_unique<Color>(keypoint.color.r, keypoint.color.g, keypoint.color.b);
    entry->oks_sigma = keypoint.oks_sigma;
    entry->mirror = keypoint.mirror;
    entry->coco = keypoint.coco;
    packed->keypoints.push_back(std::move(entry));
  }
  for (const sinew::Limb& limb : skeleton.limbs) {
    packed->limbs.emplace_back(limb.from, limb.to, limb.field_x, limb.field_y, limb.in_tree);
  }
  return packed;
}

sinew::Skeleton Unpack(const SkeletonT& packed) {
  sinew::Skeleton skeleton;
  skeleton.name = packed.name;
  for (const auto& keypoint : packed.keypoints) {
    skeleton.keypoints.push_back({.name = keypoint->name,
                                  .color = {keypoint->color->r(), keypoint->color->g(), keypoint->color->b()},
                                  .oks_sigma = keypoint->oks_sigma,
                                  .mirror = keypoint->mirror,
                                  .coco = keypoint->coco});
  }
  for (const Limb& limb : packed.limbs) {
    skeleton.limbs.push_back({.from = limb.from(),
                              .to = limb.to(),
                              .field_x = limb.field_x(),
                              .field_y = limb.field_y(),
                              .in_tree = limb.in_tree()});
  }
  return skeleton;
}

std::unique_ptr<InputConventionT> Pack(const sinew::InputConvention& input) {
  auto packed = std::make_unique<InputConventionT>();
  packed->channel_order = static_cast<ChannelOrder>(input.channel_order);
  packed->mean = std::make_unique<PerChannel>(Pack(input.mean));
  packed->scale = std::make_unique<PerChannel>(Pack(input.scale));
  packed->padding = std::make_unique<PerChannel>(Pack(input.padding));
  packed->side_multiple = input.side_multiple;
  packed->side_offset = input.side_offset;
  return packed;
}

sinew::InputConvention Unpack(const InputConventionT& packed) {
  return {.channel_order = static_cast<sinew::ChannelOrder>(packed.channel_order),
          .mean = Unpack(*packed.mean),
          .scale = Unpack(*packed.scale),
          .padding = Unpack(*packed.padding),
          .side_multiple = packed.side_multiple,
          .side_offset = packed.side_offset};
}

// The members of both kinds of heads that are ranges.
struct PackedRange {
  sinew::ChannelRange sinew::Heads::*range;
  std::unique_ptr<ChannelRange> HeadsT::*packed;
};
constexpr PackedRange kPackedRanges[] = {
    {&sinew::Heads::heat_maps, &HeadsT::heat_maps},
    {&sinew::Heads::fields, &HeadsT::fields},
    {&sinew::Heads::offsets, &HeadsT::offsets},
    {&sinew::Heads::forward_displacements, &HeadsT::forward_displacements},
    {&sinew::Heads::backward_displacements, &HeadsT::backward_displacements},
    {&sinew::Heads::centers, &HeadsT::centers},
    {&sinew::Heads::regression, &HeadsT::regression},
    {&sinew::Heads::box_offsets, &HeadsT::box_offsets},
    {&sinew::Heads::box_sizes, &HeadsT::box_sizes},
};

std::unique_ptr<HeadsT> Pack(const sinew::Heads& heads) {
  auto packed = std::make_unique<HeadsT>();
  packed->background = heads.background;
  for (const auto& [range, member] : kPackedRanges)
    (*packed).*member = std::make_unique<ChannelRange>(Pack(heads.*range));
  packed->stride = heads.stride;
  packed->first_cell = heads.first_cell;
  packed->downsampling = static_cast<Downsampling>(heads.downsampling);
  return packed;
}

sinew::Heads Unpack(const HeadsT& packed) {
  sinew::Heads heads;
  for (const auto& [range, member] : kPackedRanges) {
    if (packed.*member) heads.*range = Unpack(*(packed.*member));  // artifacts before these outputs have none of them
  }
  heads.background = packed.background;
  heads.stride = packed.stride;
  heads.first_cell = packed.first_cell;
  heads.downsampling = static_cast<sinew::Downsampling>(packed.downsampling);
  return heads;
}

// The two spellings of each enumeration agree; Validate refuses values that neither has.
static_assert(static_cast<int>(ChannelOrder::Bgr) == static_cast<int>(sinew::ChannelOrder::kBgr) &&
              static_cast<int>(ChannelOrder::Rgb) == static_cast<int>(sinew::ChannelOrder::kRgb) &&
              static_cast<int>(Downsampling::Fixed) == static_cast<int>(sinew::Downsampling::kFixed) &&
              static_cast<int>(Downsampling::SameConvolution) ==
                  static_cast<int>(sinew::Downsampling::kSameConvolution) &&
              static_cast<int>(Decoder::PartAffinityFields) == static_cast<int>(DecoderKind::kPartAffinityFields) &&
              static_cast<int>(Decoder::TrtPose) == static_cast<int>(DecoderKind::kTrtPose) &&
              static_cast<int>(Decoder::PoseNet) == static_cast<int>(DecoderKind::kPoseNet) &&
              static_cast<int>(Decoder::MoveNet) == static_cast<int>(DecoderKind::kMoveNet) &&
              static_cast<int>(Decoder::LightweightOpenPose) == static_cast<int>(DecoderKind::kLightweightOpenPose));

}  // namespace

std::unique_ptr<DescriptionT> PackDescription(const ModelDescription& description) {
  auto packed = std::make_unique<DescriptionT>();
  packed->skeleton = Pack(description.skeleton);
  packed->input = Pack(description.input);
  packed->heads = Pack(description.heads);
  packed->decoder = static_cast<Decoder>(description.decoder);
  return packed;
}

Result<ModelDescription> UnpackDescription(const DescriptionT& packed) {
  ModelDescription description;
  description.skeleton = Unpack(*packed.skeleton);
  description.input = Unpack(*packed.input);
  description.heads = Unpack(*packed.heads);
  description.decoder = static_cast<DecoderKind>(packed.decoder);
  if (const Status status = description.Validate(); !status.ok()) {
    return Corrupt("its description of the model makes no sense: {}", status.message());
  }
  return description;
}

Status CheckOutputs(const ModelDescription& description, const PlanT& plan) {
  const sinew::Heads& heads = description.heads;
  std::vector<sinew::ChannelRange> ranges = {
      {heads.heat_maps.output, heads.background, heads.background == -1 ? 0 : 1}};
  for (const HeadRange& each : HeadRanges()) ranges.push_back(heads.*each.range);
  const auto cells = [&](uint32_t side) { return (static_cast<int64_t>(side) + heads.stride - 1) / heads.stride; };
  for (const sinew::ChannelRange& range : ranges) {
    if (range.count == 0) continue;
    if (static_cast<size_t>(range.output) >= plan.outputs.size()) {
      return InvalidArgument("the description speaks of output {}, the model has {}", range.output,
                             plan.outputs.size());
    }
    const Slice& output = *plan.outputs[static_cast<size_t>(range.output)]->slice;
    if (range.first + range.count > static_cast<int64_t>(output.channels())) {
      return InvalidArgument("the description speaks of channels {} to {} of output {}, which has {}", range.first,
                             range.first + range.count - 1, range.output, output.channels());
    }
    const int64_t width = cells(plan.input->width()), height = cells(plan.input->height());
    if (output.width() != width || output.height() != height) {
      return InvalidArgument("output {} is {}x{} for an input of {}x{}: at a stride of {} it would be {}x{}",
                             range.output, output.width(), output.height(), plan.input->width(), plan.input->height(),
                             heads.stride, width, height);
    }
  }
  return Status();
}

}  // namespace sinew::program
