// What a network that was not compiled means.
#include "base/error.h"
#include "compiler/describe_model.h"
#include "compiler/import/import.h"
#include "compiler/passes/pipeline.h"
#include "sinew/compiler.h"

namespace sinew {
namespace {

// Any size will do where the file leaves it open: the description does not depend on it.
constexpr int64_t kSide = 256;

int64_t KnownOr(int64_t extent, int64_t otherwise) { return extent == ir::kUnknown ? otherwise : extent; }

}  // namespace

Result<ModelDescription> DescribeSource(const std::filesystem::path& graph, const std::filesystem::path& prototxt) {
  SINEW_ASSIGN_OR_RETURN(const import::ImportedModel imported,
                         import::ImportModel(graph, {.outputs = {}, .prototxt = prototxt}));
  const ir::Shape& shape = imported.graph.node(imported.graph.input()).shape;
  const Result<ir::Graph> bound =
      ir::BindInput(imported.graph, KnownOr(shape[0], 1), KnownOr(shape[1], kSide), KnownOr(shape[2], kSide));
  if (!bound.ok()) return Prefixed(graph.string(), bound.status());
  if (const auto description = DescribeModel(*bound, imported.framework)) return *description;
  return Unsupported("{}: is not known to be a pose network: say with --skeleton what its outputs mean",
                     graph.string());
}

}  // namespace sinew
