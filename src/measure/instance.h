// Which cloud machine this is, by the provider's metadata service.
#pragma once

#include <optional>

#include "measure/documents/documents.h"

namespace sinew::measure {

// The provider is "aws", "gcp" or "azure"; the region is empty where the service does not say.
// Asks the service only where the firmware names one of the three providers, as a machine elsewhere would wait for
// nobody; each request ends after a second. The environment variable SINEW_METADATA_URL ("http://127.0.0.1:8080")
// stands for the service's address, with all three asked in turn, for tests and for machines whose firmware is silent.
// Nothing where there is no answer, one that makes no sense, or no curl program.
//   Sources: AWS "Use IMDSv2", Google Cloud "About VM metadata", Microsoft "Azure Instance Metadata Service"
std::optional<documents::Instance> ThisInstance();

}  // namespace sinew::measure
