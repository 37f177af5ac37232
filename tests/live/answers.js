// What live/ computes of the cases that tests/test_live.py writes: run in Node and in Chromium.
import * as draw from "./draw.js";
import { among, pieces } from "./clutter.js";
import { played, slopes } from "./game.js";
import { made, told } from "./latent.js";
import { overTime } from "./memory.js";
import { inTwoMoves } from "./moves.js";
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
export function answers({ functions, networks, seeds, classifiers, ...parts }) {
  return {
    functions: functions.map(({ name, args }) => plain(draw[name](...args.map(argument)))),
    networks: networks.map(({ network, x, eps, labels }) => {
      const { params, config } = unpacked(network);
      return x.map((image, m) => {
        const given = [argument(eps[m]), config, labels?.[m]];
        const again = draw.reconstruct(params, argument(image), ...given);
        const drawn = draw.generate(params, ...given);
        return plain({ ...again, bound: draw.bound(again), drawn });
      });
    }),
    classifiers: classifiers.map(({ network, x }) => {
      const { params, config } = unpacked(network);
      return x.map((image) => plain(draw.classify(params, argument(image), config)));
    }),
    parts: plain(answersOfParts(parts)),
    normals: seeds.map((seed) => plain(normals(20000, ...seed))),
    uniforms: seeds.map((seed) => {
      const next = uniforms(...seed);
      return Array.from({ length: 20000 }, next);
    }),
  };
}

/** What the parts compute beside draw.js. */
function answersOfParts({ times, moves, latents, clutter, games }) {
  return {
    games: games.map(({ start, ...how }) => ({
      slopes: slopes(...start, how.spread),
      path: played(start, how),
    })),
    times: times.map(({ inputs, ...biases }) => overTime(inputs, biases)),
    moves: moves.map(({ state, banks }) =>
      inTwoMoves(argument(state), argument(banks)).map(({ values }) => values),
    ),
    latents: latents.map(({ network, x }) => {
      const net = unpacked(network);
      const { mu, log_sigma, encoded } = told(net, argument(x));
      return { mu, log_sigma, p: made(net, mu, encoded).p };
    }),
    clutter: clutter.map(({ digits, digit, size, seed, left, top }) => {
      const around = pieces(digits.map(argument), size, seed);
      return [around, among(around, argument(digit), size, left, top)];
    }),
  };
}

globalThis.answers = answers;
