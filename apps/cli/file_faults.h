// What happens when a page of a mapped file cannot be read, or a file may not grow.
#pragma once

namespace sinew::cli {

// From now on, SIGBUS in a mapped file (base/mapped_file.h) ends the process with exit code 1 and a message that names
// the file: it was shortened by somebody, or its disk fails. Results that were written until then stay. Any other
// SIGBUS ends the process as it did before. A file that would grow beyond `ulimit -f` becomes an error of writing
// instead of the end (SIGXFSZ). To be called once, by a program; never by a library.
void ExplainFileFaults();

}  // namespace sinew::cli
