/**
 * The part of a key's name that decides where a Cluster stores it: the text in its first non-empty braces, otherwise
 * the whole name.
 */
export function hashTag(key: string): string {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open + 1);
  return open >= 0 && close > open + 1 ? key.slice(open + 1, close) : key;
}

/** The slot of a key in a Cluster, 0 to 16383: CRC16 (XMODEM) of its hash tag, as the Cluster specification has it. */
export function hashSlot(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashTag(key))) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc % 16_384;
}
