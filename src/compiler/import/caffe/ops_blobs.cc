// Layers that only bring blobs together or apart.
#include "base/error.h"
#include "compiler/import/caffe/ops.h"

namespace sinew::import {
namespace {

constexpr int64_t kChannelAxis = 3;

// `axis`, or what it was called before.
template <class Parameter>
Result<int64_t> ReadAxis(const LayerContext& context, const Parameter& p, bool has_old, int64_t old) {
  if (has_old && p.has_axis()) return Corrupt("its axis is given twice, in the old form and in the new one");
  return context.PictureAxis(has_old ? old : p.axis());
}

}  // namespace

Result<Tops> ConvertCaffeConcat(LayerContext& context) {
  const caffeproto::ConcatParameter& p = context.layer().concat_param();
  if (context.bottom_count() == 0) return Corrupt("it joins nothing");
  ir::Attributes attributes;
  SINEW_ASSIGN_OR_RETURN(attributes.axis, ReadAxis(context, p, p.has_concat_dim(), p.concat_dim()));
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId id, context.Emit(ir::OpKind::kConcat, context.bottoms(), attributes));
  return Tops{id};
}

Result<Tops> ConvertCaffeForward(LayerContext& context) {
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  return Tops(context.top_count(), x);
}

// Between `slice_point`, or in equal parts.
Result<Tops> ConvertCaffeSlice(LayerContext& context) {
  const caffeproto::SliceParameter& p = context.layer().slice_param();
  SINEW_ASSIGN_OR_RETURN(const ir::NodeId x, context.OnlyBottom());
  SINEW_ASSIGN_OR_RETURN(const int64_t axis, ReadAxis(context, p, p.has_slice_dim(), p.slice_dim()));
  if (axis != kChannelAxis) return Unsupported("a slice that is not of channels");
  const int64_t channels = context.channels(x), tops = static_cast<int64_t>(context.top_count());
  std::vector<int64_t> ends(p.slice_point().begin(), p.slice_point().end());
  if (ends.empty() && tops > 0 && channels % tops == 0) {
    for (int64_t i = 1; i < tops; ++i) ends.push_back(i * channels / tops);
  }
  ends.push_back(channels);
  if (static_cast<int64_t>(ends.size()) != tops) {
    return Corrupt("{} channels and {} slice points for {} tops", channels, ends.size() - 1, tops);
  }
  Tops parts;
  ir::Attributes attributes;
  for (const int64_t end : ends) {
    attributes.count = end - attributes.offset;
    if (attributes.count < 1) return Corrupt("its slice points do not rise within {} channels", channels);
    const std::string suffix = parts.empty() ? "" : fmt::format("/{}", parts.size());
    SINEW_ASSIGN_OR_RETURN(const ir::NodeId part, context.Emit(ir::OpKind::kSliceChannels, {x}, attributes, suffix));
    parts.push_back(part);
    attributes.offset = end;
  }
  return parts;
}

}  // namespace sinew::import
