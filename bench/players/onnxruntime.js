// Plays models of ONNX Runtime: onnxruntime.js FOLDER THREADS; lines `name seconds` in, milliseconds of one call out.
// FOLDER holds ort/ (the package onnxruntime-node) and onnx/ (the models: one attention layer per shape, one DiT per size).
const [folder, threads] = process.argv.slice(2);
const ort = require(folder + '/ort/node_modules/onnxruntime-node');
const BATCH = { bh24: 4, bh8: 1, bh16: 4 };
const DIT = { s2: [256, 16, 1000], b2: [256, 16, 1000], xl2: [256, 16, 1000], gp: [64, 8, 1] }; // tokens, inputs per token, classes

function floats(shape) {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1)).map(() => Math.random() * 2 - 1);
  return new ort.Tensor('float32', values, shape);
}

function attention(name) { // attn_bh24_n256_d64_fwd_mha
  const [, heads, tokens, size] = name.split('_'), batch = BATCH[heads];
  const shape = [batch, +tokens.slice(1), heads.slice(2) / batch * size.slice(1)];
  return [`mha_${heads}_${tokens}_${size}`, { q: floats(shape), k: floats(shape), v: floats(shape) }];
}

function model(name) { // dit_s2_fwd_b8
  const [, size, , batch] = name.split('_'), b = +batch.slice(1), [tokens, inputs, classes] = DIT[size];
  const times = new ort.Tensor('float32', new Float32Array(b).map(() => Math.random() * 1000), [b]);
  const labels = new ort.Tensor('int64', new BigInt64Array(b).map(() => BigInt(Math.floor(Math.random() * classes))), [b]);
  return [`dit_${size}`, { x: floats([b, tokens, inputs]), t: times, y: labels }];
}

(async () => {
  let name, session, feeds;
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const [wanted, seconds] = line.trim().split(' ');
    if (wanted !== name) {
      if (session) await session.release();
      const [file, inputs] = wanted.startsWith('attn') ? attention(wanted) : model(wanted);
      const options = { intraOpNumThreads: +threads, interOpNumThreads: 1, graphOptimizationLevel: 'all', executionMode: 'sequential' };
      session = await ort.InferenceSession.create(`${folder}/onnx/${file}.onnx`, options);
      [name, feeds] = [wanted, inputs];
    }
    const start = process.hrtime.bigint();
    let calls = 0, elapsed = 0;
    do {
      await session.run(feeds);
      calls++;
      elapsed = Number(process.hrtime.bigint() - start) / 1e9;
    } while (elapsed < +seconds);
    console.log(1e3 * elapsed / calls);
  }
})();
