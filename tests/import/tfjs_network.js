// Runs PoseNet or MoveNet MultiPose in TensorFlow.js on a picture: its heads, and the people that TensorFlow.js finds.
//   node tfjs_network.js NODE_MODULES posenet|movenet MODEL.json PICTURE.ppm OUT
// writes OUT.json (people, shapes and names of the heads) and OUT.KEY.f32 for each head, floats as they lie in memory.
const fs = require('fs');
const path = require('path');

// From the folder that the command line names.
const need = name => require(path.join(path.resolve(process.argv[2]), name));
const tf = () => {
  need('@tensorflow/tfjs-backend-cpu');
  return need('@tensorflow/tfjs-core');
};

// With an input of any size, which the file may have fixed.
async function loadModel(file) {
  const json = JSON.parse(fs.readFileSync(file));
  const forget = shape => shape.dim[1].size = shape.dim[2].size = '-1';
  for (const node of json.modelTopology.node) {
    if (node.op === 'Placeholder') forget(node.attr.shape.shape);
  }
  for (const input of Object.values(json.signature.inputs)) forget(input.tensorShape);
  const weightSpecs = json.weightsManifest.flatMap(group => group.weights);
  const shards = json.weightsManifest.flatMap(group => group.paths);
  const bytes = Buffer.concat(shards.map(shard => fs.readFileSync(path.join(path.dirname(file), shard))));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const {modelTopology, format, signature} = json;
  await tf().setBackend('cpu');
  return need('@tensorflow/tfjs-converter')
      .loadGraphModel({load: async () => ({modelTopology, weightSpecs, weightData, format, signature})});
}

function readPpm(file) {
  const bytes = fs.readFileSync(file);
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.subarray(0, 64).toString('latin1'));
  return {width: Number(header[1]), height: Number(header[2]), pixels: bytes.subarray(header[0].length)};
}

const kNetworks = {
  posenet: {
    heads: {
      heat_maps: 'MobilenetV1/heatmap_2/BiasAdd',
      offsets: 'MobilenetV1/offset_2/BiasAdd',
      forward_displacements: 'MobilenetV1/displacement_fwd_2/BiasAdd',
      backward_displacements: 'MobilenetV1/displacement_bwd_2/BiasAdd',
    },
    input: ({pixels}, shape) => ({image: tf().tensor4d(Float32Array.from(pixels, byte => byte / 127.5 - 1), shape)}),
    people: ([heat, ...others]) => {
      const maps = [tf().sigmoid(heat), ...others].map(map => tf().squeeze(map).bufferSync());
      return need('@tensorflow-models/posenet').decodeMultiplePoses(...maps, 16, 1000, 0.5, 20).map(pose => ({
        score: pose.score,
        keypoints: pose.keypoints.map(({position, score}) => [position.x, position.y, score]),
      }));
    },
  },
  movenet: {
    heads: {
      heat_maps: 'StatefulPartitionedCall/Sigmoid_1',
      centers: 'StatefulPartitionedCall/Sigmoid',
      regression: 'StatefulPartitionedCall/kpt_regress_0/conv2d_8/BiasAdd',
      offsets: 'StatefulPartitionedCall/kpt_offset_0/conv2d_9/BiasAdd',
      box_sizes: 'StatefulPartitionedCall/box_scale_0/conv2d_5/BiasAdd',
      box_offsets: 'StatefulPartitionedCall/box_offset_0/conv2d_6/BiasAdd',
    },
    input: ({pixels}, shape) => ({input: tf().tensor4d(Int32Array.from(pixels), shape, 'int32')}),
    people: (heads, model, input, {width, height}) =>
        tf().squeeze(model.execute(input, 'Identity')).arraySync().map(person => ({
          score: person[55],
          keypoints:
              Array.from({length: 17}, (_, k) => [person[3 * k + 1] * width, person[3 * k] * height, person[3 * k + 2]]),
        })),
  },
};

async function main() {
  const [kind, file, picture_file, out] = process.argv.slice(3);
  const network = kNetworks[kind], picture = readPpm(picture_file), model = await loadModel(file);
  const input = network.input(picture, [1, picture.height, picture.width, 3]);
  const heads = model.execute(input, Object.values(network.heads));
  const shapes = {};
  Object.keys(network.heads).forEach((name, i) => {
    shapes[name] = heads[i].shape;
    fs.writeFileSync(`${out}.${name}.f32`, Buffer.from(new Float32Array(heads[i].dataSync()).buffer));
  });
  const people = network.people(heads, model, input, picture);
  fs.writeFileSync(`${out}.json`, JSON.stringify({shapes, people}));
}

module.exports = {loadModel, need, tf};
if (require.main === module) main();
