// What live/ computes of the cases that tests/test_live.py writes: run in Node and in Chromium.
import * as draw from "./draw.js";
import { normals, uniforms } from "./random.js";
import { unpacked } from "./weights.js";

const isArray = (v) => ArrayBuffer.isView(v);

/** A golden's arguments: lists of numbers are arrays, everything else is itself. */
function argument(v) {
  if (Array.isArray(v)) return Float64Array.from(v);
  if (v && typeof v === "object") {
    return Object.fromEntries(Object.entries(v).map(([name, value]) => [name, argument(value)]));
  }
  return v;
}

/** A result in lists and numbers, for JSON. */
function plain(v) {
  if (isArray(v)) return Array.from(v);
  if (Array.isArray(v)) return v.map(plain);
  if (v && typeof v === "object") {
    return Object.fromEntries(Object.entries(v).map(([name, value]) => [name, plain(value)]));
  }
  return v;
}

/** The answers to all cases. */
export function answers({ functions, networks, seeds }) {
  return {
    functions: functions.map(({ name, args }) => plain(draw[name](...args.map(argument)))),
    networks: networks.map(({ network, x, eps }) => {
      const { params, config } = unpacked(network);
      return x.map((image, m) => {
        const again = draw.reconstruct(params, argument(image), argument(eps[m]), config);
        const drawn = draw.generate(params, argument(eps[m]), config);
        return plain({ ...again, bound: draw.bound(again), drawn });
      });
    }),
    normals: seeds.map((seed) => plain(normals(20000, ...seed))),
    uniforms: seeds.map((seed) => {
      const next = uniforms(...seed);
      return Array.from({ length: 20000 }, next);
    }),
  };
}

globalThis.answers = answers;
