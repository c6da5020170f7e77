// How a network's maps lie on the picture that they were made of.
#pragma once

namespace sinew::pose {

// The original picture was resized to the network's input or to a part of it.
struct MapGeometry {
  int picture_width = 0, picture_height = 0;
  // The network's input. 0: the stride times the maps.
  int network_width = 0, network_height = 0;
  // The part of the network's input that the picture takes, from the top left corner on. 0: all of it.
  int content_width = 0, content_height = 0;
};

// Cells of maps.
struct MapSize {
  int width = 0, height = 0;
};

}  // namespace sinew::pose
