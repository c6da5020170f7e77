// Two messages: one of layers without blobs, one of blobs.
#include "compiler/import/caffe/caffe_writer.h"

#include <google/protobuf/text_format.h>

#include "base/error.h"
#include "compiler/import/caffe/caffe.pb.h"

namespace sinew::import {
namespace {

using caffeproto::LayerParameter;
using caffeproto::NetParameter;

LayerParameter* AddLayer(const std::string& name, const char* type, NetParameter* net) {
  LayerParameter* layer = net->add_layer();
  layer->set_name(name);
  layer->set_type(type);
  return layer;
}

void AddBlob(const std::vector<int64_t>& shape, const std::vector<float>& values, LayerParameter* layer) {
  caffeproto::BlobProto* blob = layer->add_blobs();
  for (const int64_t dim : shape) blob->mutable_shape()->add_dim(dim);
  blob->mutable_data()->Add(values.begin(), values.end());
}

uint32_t Unsigned(int64_t value) { return static_cast<uint32_t>(value); }

}  // namespace

struct CaffeWriter::Net {
  NetParameter text, weights;
};

CaffeWriter::CaffeWriter(const std::string& name) : net_(std::make_unique<Net>()) {
  net_->text.set_name(name);
  net_->weights.set_name(name);
}

CaffeWriter::~CaffeWriter() = default;

void CaffeWriter::Input(const std::string& blob, int64_t channels) {
  LayerParameter* layer = AddLayer(blob, "Input", &net_->text);
  layer->add_top(blob);
  caffeproto::BlobShape* shape = layer->mutable_input_param()->add_shape();
  for (const int64_t dim : {int64_t{1}, channels, int64_t{16}, int64_t{16}}) shape->add_dim(dim);
}

void CaffeWriter::Convolution(const std::string& name, const std::string& bottom, Window window, int64_t in,
                              int64_t out, const std::vector<float>& weights, const std::vector<float>& bias) {
  LayerParameter* layer = AddLayer(name, "Convolution", &net_->text);
  layer->add_bottom(bottom);
  layer->add_top(name);
  caffeproto::ConvolutionParameter* p = layer->mutable_convolution_param();
  p->set_num_output(Unsigned(out));
  p->add_kernel_size(Unsigned(window.size));
  if (window.pad != 0) p->add_pad(Unsigned(window.pad));
  if (window.stride != 1) p->add_stride(Unsigned(window.stride));
  LayerParameter* blobs = AddLayer(name, "Convolution", &net_->weights);
  AddBlob({out, in, window.size, window.size}, weights, blobs);
  AddBlob({out}, bias, blobs);
}

void CaffeWriter::Relu(const std::string& name, const std::string& blob) {
  LayerParameter* layer = AddLayer(name, "ReLU", &net_->text);
  layer->add_bottom(blob);
  layer->add_top(blob);
}

void CaffeWriter::Prelu(const std::string& name, const std::string& blob, const std::vector<float>& slopes) {
  LayerParameter* layer = AddLayer(name, "PReLU", &net_->text);
  layer->add_bottom(blob);
  layer->add_top(blob);
  AddBlob({static_cast<int64_t>(slopes.size())}, slopes, AddLayer(name, "PReLU", &net_->weights));
}

void CaffeWriter::MaxPool(const std::string& name, const std::string& bottom, Window window) {
  LayerParameter* layer = AddLayer(name, "Pooling", &net_->text);
  layer->add_bottom(bottom);
  layer->add_top(name);
  caffeproto::PoolingParameter* p = layer->mutable_pooling_param();
  p->set_pool(caffeproto::PoolingParameter::MAX);
  p->set_kernel_size(Unsigned(window.size));
  p->set_stride(Unsigned(window.stride));
  if (window.pad != 0) p->set_pad(Unsigned(window.pad));
}

void CaffeWriter::Concat(const std::string& name, const std::vector<std::string>& bottoms, const std::string& top) {
  LayerParameter* layer = AddLayer(name, "Concat", &net_->text);
  for (const std::string& bottom : bottoms) layer->add_bottom(bottom);
  layer->add_top(top);
  layer->mutable_concat_param()->set_axis(1);
}

Result<std::string> CaffeWriter::Text() const {
  std::string text;
  if (!google::protobuf::TextFormat::PrintToString(net_->text, &text)) return Internal("a network cannot be printed");
  return text;
}

Result<std::string> CaffeWriter::Weights() const {
  std::string bytes;
  if (!net_->weights.SerializeToString(&bytes)) return TooLarge("a Caffe model cannot have more than 2 GB");
  return bytes;
}

}  // namespace sinew::import
