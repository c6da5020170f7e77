// A pipe like others, but for terminals.
#include "media/standard_input.h"

#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "media/pipe_source.h"
#include "media/piped.h"

namespace sinew::media {

Result<std::unique_ptr<Source>> OpenStandardInput(int fd, std::string name, const SourceOptions& options) {
  if (::isatty(fd) == 1)
    return InvalidArgument("{}: standard input is a terminal: pipe a picture or a video into it", name);
  auto bytes = std::make_unique<PipeSource>(fd, name, options.stop);
  return OpenPiped(std::move(bytes), std::move(name), options);
}

}  // namespace sinew::media
