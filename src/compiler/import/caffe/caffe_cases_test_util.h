// For tests: small Caffe networks with seeded weights, one for each thing that layers can do.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/tensor.h"

namespace sinew::import {

struct TestBlobs {
  std::string layer;
  std::vector<ir::Shape> shapes;
  std::vector<float> values = {};  // of the first blob; empty: seeded, as all others are; positive where `positive`
  bool positive = false;           // variances
};

enum class CaffeAge { kNew, kOld };  // of the form: `layer` with shapes, or `layers` with num, channels, height, width

// A .caffemodel of these blobs.
std::string CaffeModelBytes(const std::vector<TestBlobs>& blobs, CaffeAge age = CaffeAge::kNew);

struct CaffeCase {
  std::string name;
  std::string prototxt, caffemodel;
};

// Input "data" of [1,3,13,11]: odd, so that windows meet the border in every way.
std::vector<CaffeCase> CaffeCases();

}  // namespace sinew::import
