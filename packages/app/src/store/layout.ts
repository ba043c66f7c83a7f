/** Layouts of the run's store in shared memory; tools/gen-layouts reads this table. */
import { struct } from '@ganglion/runtime/layout';
import type { Struct } from '@ganglion/runtime/layout';

type CommitFields = {
  readonly magic: 'i32';
  readonly committed: 'i32';
  readonly writers: 'i32';
  readonly reserved: readonly ['u8', 52];
};

/**
 * The commit record. `committed` is the number of steps taken, and its lowest bit the generation
 * that holds their result: one atomic store commits a step (NUMERICS-N7). It is followed by
 * 2 × `writers` i32 stamps, by generation and then by writer: the step whose result that writer's
 * part of that generation holds.
 */
export const CommitRecord: Struct<CommitFields> = struct(64, {
  magic: 'i32',
  committed: 'i32',
  writers: 'i32',
  reserved: ['u8', 52],
});

/** `magic` of a record that was initialised. */
export const COMMIT_MAGIC = 0x6761_6e67;

/** Bytes of the record and its stamps. */
export function commitBytes(writers: number): number {
  return CommitRecord.size + 2 * writers * 4;
}
