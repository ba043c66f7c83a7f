/**
 * exp and log in f32, the same bits on every machine: `Math.exp` and `Math.log` are left to the
 * implementation by ECMAScript. Every step is one f32 operation (`Math.fround` of an f64 operation
 * on f32 values rounds once, because 53 ≥ 2·24 + 2 bits).
 *
 * Largest error seen against f64 over 2^20 inputs each: exp 1.01 ulp, log 0.86 ulp
 * (elementary.test.ts holds both to 2).
 */

const f = Math.fround;

const scratch = new ArrayBuffer(4);
const floats = new Float32Array(scratch);
const bits = new Int32Array(scratch);

const LOG2_E = f(Math.LOG2E);
/** ln 2 in two parts: the first has 9 significant bits, so that n · LN2_HIGH is exact. */
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(Math.LN2 - 0.693359375);
const EXP_MAX = f(88.72283935546875);
const EXP_MIN = f(-104);

const C2 = f(1 / 2);
const C3 = f(1 / 6);
const C4 = f(1 / 24);
const C5 = f(1 / 120);
const C6 = f(1 / 720);
const C7 = f(1 / 5040);

/**
 * e^x: n = round(x · log2 e), r = x − n · ln 2, Taylor's polynomial of degree 7 in r (|r| ≤ 0.35),
 * times 2^n in two factors so that subnormal results are rounded once.
 */
export function expF32(x: number): number {
  if (!(x <= EXP_MAX)) return x > EXP_MAX ? Infinity : NaN;
  if (x < EXP_MIN) return 0;
  const n = Math.floor(f(f(x * LOG2_E) + 0.5));
  const r = f(f(x - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  let p = C7;
  p = f(f(p * r) + C6);
  p = f(f(p * r) + C5);
  p = f(f(p * r) + C4);
  p = f(f(p * r) + C3);
  p = f(f(p * r) + C2);
  p = f(f(f(f(r * r) * p) + r) + 1);
  const half = n >> 1;
  return f(f(p * powerOfTwo(half)) * powerOfTwo(n - half));
}

/** 2^n for −126 ≤ n ≤ 127. */
function powerOfTwo(n: number): number {
  bits[0] = (n + 127) << 23;
  return floats[0] as number; // one element, always there
}

const SQRT_HALF_BITS = 0x3f3504f3;
const TWO_TO_24 = 2 ** 24;
const L3 = f(2 / 3);
const L5 = f(2 / 5);
const L7 = f(2 / 7);
const L9 = f(2 / 9);

/**
 * Natural logarithm: x = m · 2^e with m in [√½, √2), s = (m − 1)/(m + 1),
 * log m = 2s + ⅔s³ + ⅖s⁵ + … up to s⁹, written as d − s·(d − t) with d = m − 1 exact.
 */
export function logF32(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  let e = 0;
  let normal = x;
  if (x < 2 ** -126) {
    normal = f(x * TWO_TO_24);
    e = -24;
  }
  floats[0] = normal;
  const word = bits[0] as number; // one element, always there
  const shift = (word - SQRT_HALF_BITS) >> 23;
  e += shift;
  bits[0] = word - (shift << 23);
  const d = f((floats[0] as number) - 1); // one element, always there
  const s = f(d / f(d + 2));
  const z = f(s * s);
  let t = L9;
  t = f(f(t * z) + L7);
  t = f(f(t * z) + L5);
  t = f(f(t * z) + L3);
  t = f(t * z);
  // log m = s·(2 + t) = d − s·(d − t), as 2s = d − s·d
  const low = f(f(e * LN2_LOW) - f(s * f(d - t)));
  return f(f(e * LN2_HIGH) + f(d + low));
}
