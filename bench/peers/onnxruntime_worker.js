// ONNX Runtime as a worker: npm's onnxruntime-node, whose package holds the CPU library. The protocol is worker.py's.
'use strict';
const fs = require('fs');
const readline = require('readline');
const path = require('path');
const folder = process.argv[2];  // where node_modules lies
const ort = require(path.join(folder, 'node_modules', 'onnxruntime-node'));

let session, feeds, result;

async function load(request) {
  // "all" adds the layout optimisations to the default; one operator at a time, with all threads.
  session = await ort.InferenceSession.create(request.model, {
    executionProviders: ['cpu'], graphOptimizationLevel: 'all', executionMode: 'sequential',
    intraOpNumThreads: request.threads, interOpNumThreads: 1});
  const bytes = fs.readFileSync(request.input);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  feeds = {[session.inputNames[0]]: new ort.Tensor('float32', values, request.shape)};
  return {version: ort.env.versions.node};
}

async function run(request) {
  const ms = [];
  for (let i = 0; i < request.count; ++i) {
    const start = process.hrtime.bigint();
    result = (await session.run(feeds))[session.outputNames[0]];
    ms.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return {ms};
}

function save(request) {
  fs.writeFileSync(request.path, Buffer.from(result.data.buffer, result.data.byteOffset, result.data.byteLength));
  return {shape: result.dims};
}

const actions = {load, run, save, quit: () => ({})};

(async () => {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const request = JSON.parse(line);
    let answer;
    try {
      answer = await actions[request.do](request);
    } catch (error) {
      answer = {error: String(error.message || error)};
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
    if (request.do === 'quit') process.exit(0);
  }
})();
