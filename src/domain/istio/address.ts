/** An IP address as a number, and how many bits it has. */
export interface IpAddress {
  readonly value: bigint
  readonly bits: 32 | 128
}

/** Reads an IPv4 or IPv6 address, with or without brackets; undefined for any other text. */
export function readAddress(written: string): IpAddress | undefined {
  const text = written.startsWith('[') && written.endsWith(']') ? written.slice(1, -1) : written
  if (!text.includes(':')) {
    const octets = text.split('.')
    if (octets.length !== 4 || octets.some(octet => !/^\d{1,3}$/.test(octet) || Number(octet) > 255))
      return undefined
    return { value: octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n), bits: 32 }
  }
  const [left = '', right, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const head = groups(left)
  const tail = groups(right ?? '')
  const filled =
    right === undefined
      ? head
      : [...head, ...Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0'), ...tail]
  if (filled.length !== 8 || filled.some(group => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return { value: filled.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n), bits: 128 }
}

/** One spelling for all of an IPv6 address, in brackets; other texts as they are. */
export function canonicalAddress(text: string): string {
  if (!text.includes(':')) return text
  const address = readAddress(text)
  return address === undefined ? text : `[${address.value.toString(16)}]`
}

/** The host that a request names, to look it up: without its port, in lower case, an IPv6 address in one spelling. */
export const hostToFind = (host: string): string =>
  canonicalAddress(host.toLowerCase().replace(/^(\[[^\]]*\]|[^:]*):\d+$/, '$1'))
