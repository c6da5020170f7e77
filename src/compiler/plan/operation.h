// A step on its way from the IR to the artifact: what to run on which values, before memory is laid out.
#pragma once

#include <vector>

#include "compiler/ir/graph.h"
#include "program/program_generated.h"

namespace sinew::plan {

// Values are named by the IR nodes that compute them, and time is counted in IR nodes: an operation runs at `node`.
struct Operation {
  ir::NodeId node;
  std::vector<ir::NodeId> inputs;
  program::StepT step;    // complete but for where its slices lie
  double seconds = 0;     // that it will take on one thread; 0: it only moves its pictures
  bool in_place = false;  // may write its output over its first input
};

// A value that needs no operation because it is part of another: channels [offset, offset + its own) of `source`.
struct Alias {
  ir::NodeId source = -1;  // -1: no alias
  int64_t offset = 0;
};

struct LoweredGraph {
  std::vector<Operation> operations;  // in running order
  std::vector<Alias> aliases;         // by node
  // By node, of what lies in memory; empty: all f32.
  std::vector<program::DataType> types;
};

}  // namespace sinew::plan
