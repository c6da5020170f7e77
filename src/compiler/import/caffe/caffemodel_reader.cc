// The outermost message is walked here and its layers are parsed one at a time, so that no more than one layer is ever
// held in protobuf's form.
#include "compiler/import/caffe/caffemodel_reader.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>

#include <climits>
#include <optional>

#include "base/error.h"
#include "base/printable.h"

namespace sinew::import {
namespace {

using google::protobuf::internal::WireFormatLite;

// Fields of NetParameter, all of them messages or strings: field number << 3 | wire type.
constexpr uint32_t kOldLayerTag = 2 << 3 | 2;
constexpr uint32_t kLayerTag = 100 << 3 | 2;

// Shapes from before there were shapes have four dimensions, of which the first may be 1 for all but kernels.
ir::Shape ReadShape(const caffeproto::BlobProto& proto) {
  if (proto.has_shape()) return {proto.shape().dim().begin(), proto.shape().dim().end()};
  if (proto.has_num() || proto.has_channels() || proto.has_height() || proto.has_width()) {
    return {proto.num(), proto.channels(), proto.height(), proto.width()};
  }
  return {static_cast<int64_t>(std::max(proto.data_size(), proto.double_data_size()))};
}

Result<CaffeBlob> ReadBlob(const caffeproto::BlobProto& proto) {
  CaffeBlob blob;
  blob.shape = ReadShape(proto);
  if (proto.data_size() > 0) {
    blob.values.assign(proto.data().begin(), proto.data().end());
  } else {
    blob.values.reserve(static_cast<size_t>(proto.double_data_size()));
    for (const double value : proto.double_data()) blob.values.push_back(static_cast<float>(value));
  }
  const Result<int64_t> count = ir::ElementCount(blob.shape);
  if (!count.ok() || static_cast<size_t>(*count) != blob.values.size()) {
    return Corrupt("a blob of shape {} with {} values", ir::ToString(blob.shape), blob.values.size());
  }
  return blob;
}

template <class Layer>
Status AddLayer(std::string_view payload, Layer* proto, CaffeWeights* weights) {
  proto->Clear();
  if (!proto->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return Corrupt("a layer cannot be read: not a Caffe model, or damaged");
  }
  if (proto->blobs_size() == 0) return Status();
  std::vector<CaffeBlob> blobs;
  for (const caffeproto::BlobProto& each : proto->blobs()) {
    Result<CaffeBlob> blob = ReadBlob(each);
    if (!blob.ok()) return Prefixed(fmt::format("layer \"{}\"", Printable(proto->name())), blob.status());
    blobs.push_back(*std::move(blob));
  }
  if (!weights->emplace(proto->name(), std::move(blobs)).second) {
    return Corrupt("two layers with weights are called \"{}\"", Printable(proto->name()));
  }
  return Status();
}

// The payload of a length-delimited field, in place. Null where the file ends before it.
std::optional<std::string_view> ReadPayload(google::protobuf::io::CodedInputStream& stream) {
  int length;
  if (!stream.ReadVarintSizeAsInt(&length)) return std::nullopt;
  const void* data = nullptr;
  int available = 0;
  stream.GetDirectBufferPointerInline(&data, &available);
  if (length > available || !stream.Skip(length)) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), static_cast<size_t>(length));
}

}  // namespace

Result<CaffeWeights> ReadCaffeWeights(std::string_view bytes) {
  if (bytes.empty()) return Corrupt("the file is empty");
  if (bytes.size() > INT_MAX) return TooLarge("{} bytes; a Caffe model may have 2 GB", bytes.size());
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  // Protobuf would print what it refuses; the Status says it.
  const google::protobuf::LogSilencer silence;
  CaffeWeights weights;
  caffeproto::LayerParameter layer;
  caffeproto::V1LayerParameter old_layer;
  while (stream.CurrentPosition() < static_cast<int>(bytes.size())) {
    const int start = stream.CurrentPosition();
    const uint32_t tag = stream.ReadTagNoLastTag();
    if (tag == kLayerTag || tag == kOldLayerTag) {
      const std::optional<std::string_view> payload = ReadPayload(stream);
      if (!payload) {
        return Corrupt("cut short or damaged: the layer at byte {} reaches beyond the end of the file, {} bytes", start,
                       bytes.size());
      }
      const Status status =
          tag == kLayerTag ? AddLayer(*payload, &layer, &weights) : AddLayer(*payload, &old_layer, &weights);
      if (!status.ok()) return Prefixed(fmt::format("byte {}", start), status);
    } else if (tag == 0 || !WireFormatLite::SkipField(&stream, tag)) {
      return Corrupt("not a Caffe model, or damaged: byte {} of {} begins no field", start, bytes.size());
    }
  }
  if (weights.empty()) return Corrupt("a Caffe model without weights: is it a solver's state?");
  return weights;
}

}  // namespace sinew::import
