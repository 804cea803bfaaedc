const FNV_PRIME = 16_777_619;

/** FNV-1a of a text's UTF-16 units, as a signed 32-bit number. Different seeds give unrelated numbers. */
export function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) hash = addToHash(hash, text.charCodeAt(at));
  return hash | 0;
}

/** Continues an FNV-1a hash by one UTF-16 unit. */
export function addToHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, FNV_PRIME);
}
