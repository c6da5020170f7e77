// What TensorFlow.js makes of made-up outputs of PoseNet and MoveNet MultiPose: prints tests/golden/tfjs_people.json.
//   node tests/golden/tfjs_expected.js NODE_MODULES MOVENET/model.json >tests/golden/tfjs_people.json
// NODE_MODULES has @tensorflow/tfjs-core, -converter, -backend-cpu and @tensorflow-models/posenet (scripts/fetch_tfjs.sh);
// MoveNet's own nodes behind its heads are run, none of its weights. tests/golden/tfjs_people_test.cc makes the same maps.
const {loadModel, need, tf} = require('../import/tfjs_network.js');

// Numbers from 0 to 1 that any program can make.
function makeRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 16777216;
  };
}

function makeMap(random, [height, width, channels], low, high) {
  const values = Float32Array.from({length: height * width * channels}, () => low + (high - low) * random());
  return tf().tensor4d(values, [1, height, width, channels]);
}

function posenet() {
  const random = makeRandom(1);
  const heat = makeMap(random, [9, 9, 17], -8, 0.5), offsets = makeMap(random, [9, 9, 34], -8, 8),
        forward = makeMap(random, [9, 9, 32], -48, 48), backward = makeMap(random, [9, 9, 32], -48, 48);
  const maps = [tf().sigmoid(heat), offsets, forward, backward].map(map => tf().squeeze(map).bufferSync());
  const poses = need('@tensorflow-models/posenet').decodeMultiplePoses(...maps, 16, 1000, 0.5, 20);
  return poses.map(pose => ({
    score: pose.score,
    keypoints: pose.keypoints.map(({position, score}) => [position.x, position.y, score]),
  }));
}

async function movenet(file) {
  const random = makeRandom(2), size = [24, 32], [height, width] = size;
  const scope = 'StatefulPartitionedCall/';
  const heads = {
    [scope + 'Sigmoid_1']: makeMap(random, [...size, 17], 0, 1),
    [scope + 'Sigmoid']: makeMap(random, [...size, 1], 0, 1),
    [scope + 'kpt_regress_0/conv2d_8/BiasAdd']: makeMap(random, [...size, 34], -6, 6),
    [scope + 'kpt_offset_0/conv2d_9/BiasAdd']: makeMap(random, [...size, 34], 0, 1),
    [scope + 'box_scale_0/conv2d_5/BiasAdd']: makeMap(random, [...size, 2], -1, 16),
    [scope + 'box_offset_0/conv2d_6/BiasAdd']: makeMap(random, [...size, 2], -1, 1),
  };
  const model = await loadModel(file);
  const people = tf().squeeze(model.execute(heads, 'Identity')).arraySync();
  return people.map(person => ({
    score: person[55],
    keypoints: Array.from(
        {length: 17}, (_, k) => [person[3 * k + 1] * 4 * width, person[3 * k] * 4 * height, person[3 * k + 2]]),
  }));
}

async function main() {
  const short = (key, value) => typeof value === 'number' ? Number(value.toPrecision(8)) : value;
  const people = {posenet: posenet(), movenet: await movenet(process.argv[3])};
  console.log(JSON.stringify(people, short).replaceAll('{"score"', '\n{"score"'));
}

main();
