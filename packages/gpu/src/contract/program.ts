/** What a program is: values and operations as plain data (KERNELS-K3). */

/**
 * Types of tensor elements. Operations compute with f32 and i32, a product also with factors of
 * bf16; the others are for keeping numbers, and `cast` leads to and from them. bf16 is the upper
 * half of an f32, f16 that of IEEE 754; a bool is a byte, 0 or 1, of which any other counts as 1.
 */
export type DType = 'f32' | 'bf16' | 'f16' | 'i32' | 'u8' | 'bool';

/** Sizes from the outermost dimension to the innermost; row-major, contiguous. */
export type Shape = readonly number[];

/** Index of a value within one program. */
export type ValueId = number;

/**
 * What a value of a program is for. `temporary` memory belongs to the executable, all else is bound
 * at launch. Inputs and parameters are only read; outputs and temporaries are written by one
 * operation, before they are read.
 */
export type ValueRole = 'input' | 'parameter' | 'output' | 'temporary';

/** One value of a program. */
export interface ValueSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly role: ValueRole;
  /**
   * Set where the value has no memory of its own: it is the elements of value `of` from `offset`
   * on. It has the role and dtype of `of`, is only read, is not bound, and `of` has memory of its
   * own.
   */
  readonly part?: { readonly of: ValueId; readonly offset: number };
}

/**
 * A function of f32 elements, each step rounded to f32. pick(x, y, a, b) = x > y ? a : b;
 * relu(x) = x < 0 ? 0 : x, so NaN and −0 stay; exp, log, tanh and erf do the operations of
 * elementary.ts in their order.
 */
export type ElementFunction =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'squareRoot'
  | 'exp'
  | 'log'
  | 'tanh'
  | 'erf'
  | 'relu'
  | 'pick';

/** One number of an expression. `of` are the numbers of earlier steps; a constant is finite. */
export type ElementStep =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: ElementFunction; readonly of: readonly number[] };

/**
 * What a `map` computes at every index: plain data (KERNELS-K1, -K3), built by `expression`. Inputs
 * and results together are at most 8, steps at most 256 (KERNELS-K5).
 */
export interface Expression {
  /** Elements that it is given. */
  readonly inputs: number;
  /** Step i gives number i. */
  readonly steps: readonly ElementStep[];
  /** Numbers that it delivers. */
  readonly results: readonly number[];
}

/**
 * One operation of a program: plain, serialisable, hashable data (KERNELS-K3). Values are f32
 * unless said otherwise. No output shares memory with another value of the same operation.
 *
 * Every f32 product element, and what is called a chain, is one multiply-add chain that starts at
 * +0, in ascending k (NUMERICS-N1); x · y of rows is such a chain. Every other sum has the 16-lane
 * order (NUMERICS-N2): 16 f32 lanes start at 0, lane[i % 16] += x[i] in ascending i, then for width
 * 8, 4, 2, 1 and each i < width lane[i] += lane[i + width]; the sum is lane[0]. All other steps are
 * single f32 operations in the order written, left to right.
 *
 * (…,N) has two dimensions or more; all but the last are rows, in row-major order.
 *
 * `edges` are ascending row numbers e₀ = 0 … e_S = rows: shard s is rows [e_s, e_{s+1}) and results
 * over the batch are kept apart per shard (NUMERICS-N3).
 */
export type Op =
  /**
   * out(…,N) = activation(op(a) · op(b) + bias(N)); op transposes b, or a where that has two
   * dimensions. The bias is added after the chain; relu is that of a `map`.
   *
   * a and b may both be bf16, out and bias are f32. Then the chain takes k two at a time, of two
   * the later first, each step rounded once, and the last alone with a later one of 0 · 0; every
   * number below 2^-126 counts as 0, among factors, sums and the bias. So do the instructions of
   * AVX-512-BF16, and every backend of the same contract gives these bits.
   */
  | {
      readonly kind: 'matmul';
      readonly a: ValueId;
      readonly b: ValueId;
      readonly out: ValueId;
      readonly transposeA: boolean;
      readonly transposeB: boolean;
      readonly bias?: ValueId;
      readonly activation: 'none' | 'relu';
    }
  /**
   * out(…,M,N) = op(a) · op(b) of a(…,M,K) and b(…,K,N) for each index of the leading axes, which
   * both have alike; op transposes the last two axes.
   */
  | {
      readonly kind: 'batchMatmul';
      readonly a: ValueId;
      readonly b: ValueId;
      readonly out: ValueId;
      readonly transposeA: boolean;
      readonly transposeB: boolean;
    }
  /**
   * out(S,K,N)[s] = a(rows of s, K)ᵀ · b(rows of s, N) of a(…,K), b(…,N); 0 for an empty shard.
   * With `sum`, out(K,N) is their sum in the order of the reduction tree (NUMERICS-N4); S is a
   * power of two up to 1,024 then.
   */
  | {
      readonly kind: 'shardMatmul';
      readonly a: ValueId;
      readonly b: ValueId;
      readonly out: ValueId;
      readonly edges: readonly number[];
      readonly sum: boolean;
    }
  /** out(S,…)[s] = sum over the rows of s of a(rows,…); element i of a sum is row e_s + i. */
  | {
      readonly kind: 'shardColumnSum';
      readonly a: ValueId;
      readonly out: ValueId;
      readonly edges: readonly number[];
    }
  /**
   * outs[r] = result r of the expression at every index. Outs have one shape; inputs are broadcast
   * to it: aligned at the last axis, a size is equal or 1, and missing axes are 1.
   */
  | {
      readonly kind: 'map';
      readonly expression: Expression;
      readonly inputs: readonly ValueId[];
      readonly outs: readonly ValueId[];
    }
  /**
   * losses(…) = −log softmax(logits(…,N))[label]; gradient(…,N) = (softmax − onehot) · scale. With
   * m the largest x of a row, e_j = exp(x_j − m) and s = Σ e_j:
   * loss = log(s) − (x_label − m); gradient_j = (e_j / s − onehot_j) · scale.
   * `labels` is i32 (…), each in [0, N): another label makes `launch` throw GPU_LABEL_OUT_OF_RANGE
   * before the operation writes.
   */
  | {
      readonly kind: 'softmaxCrossEntropy';
      readonly logits: ValueId;
      readonly labels: ValueId;
      readonly losses: ValueId;
      readonly gradient: ValueId;
      readonly scale: number;
    }
  /**
   * out(…) i32 = index of the first largest element of each row of a(…,N), N > 0: starts at 0 and
   * moves to j where a_j > the one held, in ascending j (so NaN is passed over).
   */
  | { readonly kind: 'argmax'; readonly a: ValueId; readonly out: ValueId }
  /**
   * out(…) = the sum of each row of a(…,N), or its largest element: starts at −∞ and moves to x
   * where x > the one held, in ascending order (so NaN is passed over).
   */
  | {
      readonly kind: 'reduce';
      readonly a: ValueId;
      readonly out: ValueId;
      readonly how: 'sum' | 'max';
    }
  /**
   * For each row x of a(…,N), with m its largest as in `reduce`, e_j = exp(x_j − m) and s = Σ e_j:
   * out(…,N)_j = e_j / s, or with `log` (x_j − m) − log(s).
   */
  | {
      readonly kind: 'softmax';
      readonly a: ValueId;
      readonly out: ValueId;
      readonly log: boolean;
    }
  /**
   * The gradient by `a` of `softmax`, whose result is `output`. For each row g of gradient(…,N) and
   * y of output: out(…,N)_j = (g_j − Σ g·y) · y_j, or with `log` g_j − exp(y_j) · Σ g.
   */
  | {
      readonly kind: 'softmaxGradient';
      readonly gradient: ValueId;
      readonly output: ValueId;
      readonly out: ValueId;
      readonly log: boolean;
    }
  /**
   * Rows of mean 0 and variance 1, as in layer norm (Ba et al. 2016), or where `centered` is false
   * of mean square 1, as in RMS norm (Zhang and Sennrich 2019). For each row x of a(…,N):
   * d = x − (Σ x)/N, or x where not centered; scale(…) = 1 / √((Σ d·d)/N + epsilon);
   * out(…,N) = d · scale.
   */
  | {
      readonly kind: 'normalize';
      readonly a: ValueId;
      readonly out: ValueId;
      readonly scale: ValueId;
      readonly centered: boolean;
      readonly epsilon: number;
    }
  /**
   * The gradient by `a` of `normalize`, whose results are `output` and `scale`. For each row g of
   * gradient(…,N) and y of output: c = g − (Σ g)/N, or g where not centered;
   * out(…,N) = (c − y · ((Σ g·y)/N)) · scale.
   */
  | {
      readonly kind: 'normalizeGradient';
      readonly gradient: ValueId;
      readonly output: ValueId;
      readonly scale: ValueId;
      readonly out: ValueId;
      readonly centered: boolean;
    }
  /**
   * out(…,N) = the rows of table(V,N) that `indices`, i32 (…), name, each in [0, V): another one
   * makes `launch` throw GPU_LABEL_OUT_OF_RANGE before the operation writes.
   */
  | {
      readonly kind: 'gather';
      readonly table: ValueId;
      readonly indices: ValueId;
      readonly out: ValueId;
    }
  /**
   * out(S,V,N)[s][v] = the rows of gradient(…,N) in shard s whose index is v, added one after the
   * other to +0. Indices as those of `gather`.
   */
  | {
      readonly kind: 'shardScatter';
      readonly gradient: ValueId;
      readonly indices: ValueId;
      readonly out: ValueId;
      readonly edges: readonly number[];
    }
  /**
   * Causal self-attention (Vaswani et al. 2017). qkv(B,T,3C) holds queries, keys and values side by
   * side; head h has columns h·D to (h + 1)·D of each, D = C / heads. For query i and keys j ≤ i:
   * s_j = (q_i · k_j) · factor; m the largest; e_j = exp(s_j − m); z = Σ e_j;
   * out(B,T,C)_i = the chain of (e_j / z) · v_j in ascending j; logSum(B,heads,T)_i = m + log z.
   * No matrix of all scores is kept.
   */
  | {
      readonly kind: 'attention';
      readonly qkv: ValueId;
      readonly out: ValueId;
      readonly logSum: ValueId;
      readonly heads: number;
      readonly factor: number;
    }
  /**
   * The gradient by `qkv` of `attention`, whose results are `output` and `logSum`. With g a row of
   * gradient(B,T,C), o of output and s as there: p_ij = exp(s_ij − logSum_i);
   * t_ij = (p_ij · (g_i · v_j − Σ g_i·o_i)) · factor. out(B,T,3C) has for query i the chain of
   * t_ij · k_j over j ≤ i, for key j that of t_ij · q_i and for value j that of p_ij · g_i over
   * i ≥ j, each in ascending order.
   */
  | {
      readonly kind: 'attentionGradient';
      readonly gradient: ValueId;
      readonly qkv: ValueId;
      readonly output: ValueId;
      readonly logSum: ValueId;
      readonly out: ValueId;
      readonly heads: number;
      readonly factor: number;
    }
  /**
   * A copy of elements of `a` in another order: for each index b of the first axis, which both have
   * alike, out[b] lists in row-major order of i, 0 ≤ i_k < sizes_k, the elements
   * offset + Σ i_k · strides_k of a[b], all of which exist. At most 7 sizes, a stride each.
   */
  | {
      readonly kind: 'view';
      readonly a: ValueId;
      readonly out: ValueId;
      readonly offset: number;
      readonly sizes: readonly number[];
      readonly strides: readonly number[];
    }
  /**
   * The gradient by `a` of `view`, whose a[b] had the shape of out[b]: zeros, to which in ascending
   * order of i the elements of gradient[b] are added, each in the place that it was read from.
   */
  | {
      readonly kind: 'viewGradient';
      readonly gradient: ValueId;
      readonly out: ValueId;
      readonly offset: number;
      readonly sizes: readonly number[];
      readonly strides: readonly number[];
    }
  /**
   * out(B,…) = numbers of [0, 1), multiples of 2^-24 (NUMERICS-N5): element e of row b is word
   * e % 4 of the block of Philox 4x32-10 (Salmon et al. 2011) with the counter (draws[b,0],
   * draws[b,1], stream, ⌊e / 4⌋) and the key (seed % 2^32, ⌊seed / 2^32⌋), without its last 8 bits.
   * draws is i32 (B,2), its bits taken as unsigned; seed is an integer below 2^53, stream one below
   * 2^32.
   */
  | {
      readonly kind: 'uniform';
      readonly draws: ValueId;
      readonly out: ValueId;
      readonly seed: number;
      readonly stream: number;
    }
  /**
   * out = the elements of `a`, of the same shape, in another dtype. One of the two is f32. To bf16
   * and f16 the nearest number, of two the even one, and beyond the largest infinity; to i32 and u8
   * towards 0, the nearest end of the range where it has no such number, and 0 for NaN; to bool
   * whether it is not 0, as NaN is not. To f32 the same number, of an i32 the nearest.
   */
  | { readonly kind: 'cast'; readonly a: ValueId; readonly out: ValueId }
  /**
   * One SGD step into other memory (NUMERICS-N7). All but `hyper` have one shape.
   * velocity' = momentum·velocity + gradient + weightDecay·parameter;
   * parameter' = parameter − learningRate·velocity'.
   * `hyper` f32 (4) = learningRate, momentum, weightDecay, 0.
   */
  | {
      readonly kind: 'sgd';
      readonly parameter: ValueId;
      readonly gradient: ValueId;
      readonly velocity: ValueId;
      readonly hyper: ValueId;
      readonly nextParameter: ValueId;
      readonly nextVelocity: ValueId;
    }
  /**
   * One AdamW step (Loshchilov and Hutter 2019) into other memory. All but `hyper` have one shape.
   * With g the gradient and p the parameter:
   * first' = beta1·first + (1 − beta1)·g; second' = beta2·second + ((1 − beta2)·g)·g;
   * step = (first'·h5) / (√second'·h6 + epsilon);
   * parameter' = (p − (learningRate·weightDecay)·p) − learningRate·step.
   * `hyper` f32 (8) = learningRate, beta1, beta2, epsilon, weightDecay, h5 = 1/(1−beta1^t),
   * h6 = 1/√(1−beta2^t), 0.
   */
  | {
      readonly kind: 'adamw';
      readonly parameter: ValueId;
      readonly gradient: ValueId;
      readonly first: ValueId;
      readonly second: ValueId;
      readonly hyper: ValueId;
      readonly nextParameter: ValueId;
      readonly nextFirst: ValueId;
      readonly nextSecond: ValueId;
    };

/** A recorded list of operations over numbered values, in execution order. */
export interface Program {
  readonly values: readonly ValueSpec[];
  readonly ops: readonly Op[];
}
