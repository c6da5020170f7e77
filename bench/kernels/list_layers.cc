// Prints the layers of a compiled network: how the files of bench/shapes are made.
#include <fmt/format.h>

#include "plan_layers.h"
#include "program/reader.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: list_layers MODEL.sinew > bench/shapes/MODEL.txt\n");
    return 2;
  }
  const auto artifact = sinew::program::Artifact::Load(argv[1]);
  if (!artifact.ok()) {
    fmt::print(stderr, "list_layers: {}\n", artifact.status().message());
    return 1;
  }
  const sinew::program::ModelT& model = artifact->model();
  const sinew::program::PlanT& plan = *model.plans[0];
  fmt::print("# {} at {}x{}, by list_layers; see bench/kernels/layer.h for what a line says.\n", model.name,
             plan.input->width(), plan.input->height());
  for (const sinew::bench::Layer& layer : sinew::bench::LayersFromPlan(plan))
    fmt::print("{}\n", sinew::bench::ToText(layer));
  return 0;
}
