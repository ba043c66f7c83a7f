/**
 * One case of a conformance kit. Cases are data, so that any test runner can run them and a kit
 * depends on none.
 */
export interface ConformanceCase<S> {
  /** Begins with the id of the rule that the case proves. */
  readonly name: string;
  /** Whether the subject claims what the case needs; without it the case applies to all. */
  readonly requires?: (subject: S) => boolean;
  /** Fails by throwing. */
  run(subject: S): void | Promise<void>;
}
