/** How untyped values travel: MessagePack, with references as an extension. */
import { msgpackCodec } from '@ganglion/runtime';
import type { Codec } from '@ganglion/runtime/contract';
import { ActorRefObject } from './ref-object.js';

const REF_EXTENSION = 1;

/** The codec of one thread, which knows its references. */
export function valueCodec(
  encodeRef: (ref: ActorRefObject) => unknown,
  decodeRef: (payload: unknown) => ActorRefObject,
): Codec {
  const refs = {
    code: REF_EXTENSION,
    type: ActorRefObject,
    encode: encodeRef,
    decode: decodeRef,
  };
  return msgpackCodec({ extensions: [refs] });
}
