// The state of the process that everything else relies on, set up before anything is opened.
#pragma once

namespace sinew::cli {

// Descriptors 0 to 2 that are closed are opened, so that no file of results gets their numbers and messages land in
// it: the input is empty, writing to the output fails, and messages are dropped.
void PrepareProcess();

}  // namespace sinew::cli
