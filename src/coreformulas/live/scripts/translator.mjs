import { affine, dotProduct, layerNorm, relu, softmax, sumOf } from "./networks.mjs";

// The encoder-decoder of coreformulas/transformer: normalization before each sublayer ("pre"),
// sinusoidal positions, greedy choice. Tokens are whole numbers, padding is 0.
const BEGIN = 1, END = 2;

function enter({ table }, token, position) {
  const row = table.embedding[token], width = row.length;
  return Float64Array.from(row, (one, i) => {
    const angle = position * 10000 ** -((i - (i % 2)) / width);
    return Math.sqrt(width) * one + (i % 2 ? Math.cos(angle) : Math.sin(angle));
  });
}

// Mean of the values in each head, weighted by how well their keys fit the query.
function attend(query, keys, values, heads) {
  const size = query.length / heads, weights = [], found = new Float64Array(query.length);
  for (let head = 0; head < heads; head++) {
    const start = head * size, end = start + size;
    const p = softmax(keys.map((key) => dotProduct(query, key, start, end) / Math.sqrt(size)));
    p.forEach((one, j) => {
      for (let i = start; i < end; i++) found[i] += one * values[j][i];
    });
    weights.push(p);
  }
  return { found, weights };
}

function forward(layer, norm, vector) {
  const inner = affine(layer.forward.inner, layerNorm(norm, vector)).map(relu);
  return sumOf(vector, affine(layer.forward.outer, inner));
}

function* encode(weights, tokens, heads) {
  let vectors = tokens.map((token, place) => enter(weights.source, token, place));
  for (const layer of Object.values(weights.encoder.layers)) {
    yield;
    const seen = vectors.map((vector) => layerNorm(layer.norms[0], vector));
    const keys = seen.map((vector) => affine(layer.attention.key, vector));
    const values = seen.map((vector) => affine(layer.attention.value, vector));
    vectors = vectors.map((vector, place) => {
      const query = affine(layer.attention.query, seen[place]);
      const { found } = attend(query, keys, values, heads);
      return forward(layer, layer.norms[1], sumOf(vector, affine(layer.attention.out, found)));
    });
  }
  return vectors.map((vector) => layerNorm(weights.encoder.last, vector));
}

// {tokens, looks}: what is written, its end included unless it was cut off, and for each token the
// weights of the cross-attention, by layer and head. A generator, which pauses before each layer of the
// encoder and each token, for whoever has to let a frame pass.
export function* translate(weights, source, { heads, longest }) {
  const memory = yield* encode(weights, source, heads);
  const layers = Object.values(weights.decoder.layers).map((layer) => ({
    layer, keys: [], values: [],
    memoryKeys: memory.map((vector) => affine(layer.cross.key, vector)),
    memoryValues: memory.map((vector) => affine(layer.cross.value, vector)),
  }));
  const tokens = [], looks = [];
  for (let last = BEGIN; last !== END && tokens.length < longest; tokens.push(last)) {
    yield;
    let vector = enter(weights.target, last, tokens.length);
    looks.push(layers.map((kept) => {
      const { attention, cross, norms } = kept.layer, own = layerNorm(norms[0], vector);
      kept.keys.push(affine(attention.key, own)); // of the tokens so far: the key-value cache
      kept.values.push(affine(attention.value, own));
      const self = attend(affine(attention.query, own), kept.keys, kept.values, heads);
      vector = sumOf(vector, affine(attention.out, self.found));
      const query = affine(cross.query, layerNorm(norms[1], vector));
      const { found, weights: look } = attend(query, kept.memoryKeys, kept.memoryValues, heads);
      vector = forward(kept.layer, norms[2], sumOf(vector, affine(cross.out, found)));
      return look;
    }));
    const logits = affine(weights.output, layerNorm(weights.decoder.last, vector));
    last = logits.reduce((best, one, i) => (i >= END && one > logits[best] ? i : best), END);
  }
  return { tokens, looks };
}
