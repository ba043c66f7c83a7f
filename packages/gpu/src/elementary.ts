/**
 * exp, log, tanh and erf in f32, the same bits on every machine: ECMAScript leaves those of `Math`
 * to the implementation. Every step is one f32 operation (`Math.fround` of an f64 operation on f32
 * values rounds once, because 53 ≥ 2·24 + 2 bits). elementary.test.ts holds their errors to 2 ulp.
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

/** tanh x = x + x³·P(x²) below this size; the coefficients are a minimax fit. */
const TANH_SMALL = f(0.7);
/** From here on tanh x rounds to 1. */
const TANH_MAX = f(10);
const TANH_P = [
  -0.3333332538604736, 0.13332995772361755, -0.053922124207019806, 0.021575838327407837,
  -0.007892183028161526, 0.0019017993472516537,
].map(f);

/** Hyperbolic tangent; 1 − 2/(e^2|x| + 1) with the sign of x where x is not small. */
export function tanhF32(x: number): number {
  const size = x < 0 ? -x : x;
  if (!(size > 0)) return x; // zeros keep their sign, NaN stays
  if (size < TANH_SMALL) {
    const z = f(x * x);
    return f(x + f(x * f(z * polynomial(TANH_P, z))));
  }
  const held = size > TANH_MAX ? TANH_MAX : size;
  const t = f(1 - f(2 / f(expF32(f(held + held)) + 1)));
  return x < 0 ? -t : t;
}

/** erf x = x + x·Q(x²) below this size, 1 − e^−P(|x|) above; both are minimax fits. */
const ERF_SMALL = f(0.85);
/** From here on erf x rounds to 1. */
const ERF_MAX = f(4);
const ERF_Q = [
  0.12837916612625122, -0.3761257529258728, 0.11282770335674286, -0.026804570108652115,
  0.0050542703829705715, -0.0006332609918899834,
].map(f);
const ERF_P = [
  0.00011469877790659666, 1.1280155181884766, 0.6366016268730164, 0.10444806516170502,
  -0.022478993982076645, 0.003107184311375022, -0.00020252792455721647,
].map(f);

/** The error function. */
export function erfF32(x: number): number {
  const size = x < 0 ? -x : x;
  if (size < ERF_SMALL) return f(x + f(x * polynomial(ERF_Q, f(x * x))));
  const held = size > ERF_MAX ? ERF_MAX : size;
  const t = f(1 - expF32(f(0 - polynomial(ERF_P, held))));
  return x < 0 ? -t : t;
}

/** By Horner's rule, each step rounded. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) {
    sum = f(f(sum * x) + (coefficients[i] as number)); // in range
  }
  return sum;
}
