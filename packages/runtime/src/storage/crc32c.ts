/** CRC-32C (Castagnoli; RFC 3720 appendix B.4), eight bits at a time. */

const POLYNOMIAL = 0x82f63b78;

const TABLE: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ POLYNOMIAL;
  }
  return remainder;
});

/** The checksum of `bytes`, or of what `previous` is the checksum of followed by `bytes`. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (let index = 0; index < bytes.length; index += 1) {
    // `crc` and the byte are in range of the table by the mask.
    crc = (TABLE[(crc ^ (bytes[index] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
