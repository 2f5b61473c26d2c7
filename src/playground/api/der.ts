/** Builds ASN.1 in DER, as far as a certificate needs it. Source: ITU-T X.690. */
function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

export const sequence = (...contents: readonly Buffer[]): Buffer => element(0x30, ...contents)
export const setOf = (...contents: readonly Buffer[]): Buffer => element(0x31, ...contents)
/** A number below 128. */
export const smallInteger = (value: number): Buffer => element(0x02, Buffer.from([value]))
/** A positive number of any size; a leading 1 bit would make it negative. */
export const integer = (bytes: Buffer): Buffer =>
  element(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]))
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text))
export const octets = (bytes: Buffer): Buffer => element(0x04, bytes)
export const bits = (bytes: Buffer, unused = 0): Buffer => element(0x03, Buffer.from([unused]), bytes)
/** `[number]` around something. */
export const tagged = (number: number, ...contents: readonly Buffer[]): Buffer =>
  element(0xa0 | number, ...contents)
/** `[number] IMPLICIT` of bytes. */
export const taggedBytes = (number: number, bytes: Buffer): Buffer => element(0x80 | number, bytes)

/** `2.5.29.15`. */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const value of rest) {
    const groups = [value & 0x7f]
    for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return element(0x06, Buffer.from(bytes))
}

/** UTCTime up to 2049, as RFC 5280 wants it, then GeneralizedTime. */
export function time(milliseconds: number): Buffer {
  const text = `${new Date(milliseconds).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  return text < '2050' ? element(0x17, Buffer.from(text.slice(2))) : element(0x18, Buffer.from(text))
}

export const toPem = (bytes: Buffer, label: string): string =>
  `-----BEGIN ${label}-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`
