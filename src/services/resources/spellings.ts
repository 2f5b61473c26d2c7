/** Without white space, and base64 of the alphabet for addresses as the usual one: how base64 over many lines is compared. */
export const compact = (text: string): string =>
  text.replaceAll(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/')

/** Base64 inside base64, JSON inside JSON: as deep as somebody might put a value by mistake. */
const MAX_DEPTH = 3
const MAX_SPELLINGS = 50
/** Something that may be base64 of a text of four characters or more. */
const BASE64 = /[A-Za-z0-9+/]{6,}={0,2}/g

/**
 * A text as it is, without white space, with the escapes of JSON and of addresses taken back, and what its parts say in
 * base64; each again a few times.
 */
export function spellings(text: string): readonly string[] {
  const found = new Set<string>()
  let layer = [text]
  for (let depth = 0; depth <= MAX_DEPTH && layer.length > 0; depth++) {
    const next: string[] = []
    for (const each of layer) {
      if (found.has(each) || found.size >= MAX_SPELLINGS) continue
      found.add(each)
      const whole = compact(each)
      found.add(whole)
      next.push(withoutEscapes(each), ...decodedParts(each), ...decodedParts(whole))
    }
    layer = next
  }
  return [...found]
}

/** `\"` in JSON is `"`, `%20` in an address a space. */
function withoutEscapes(text: string): string {
  return text
    .replaceAll(
      /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g,
      (_whole, code: string | undefined, sign: string | undefined) =>
        code === undefined
          ? (ESCAPED[sign ?? ''] ?? sign ?? '')
          : String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replaceAll(/(?:%[0-9a-fA-F]{2})+/g, escaped => {
      try {
        return decodeURIComponent(escaped)
      } catch {
        // Bytes that are no UTF-8 are no escape of a text.
        return escaped
      }
    })
}
const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function decodedParts(text: string): readonly string[] {
  const parts = text.replaceAll('-', '+').replaceAll('_', '/').match(BASE64) ?? []
  return parts
    .slice(0, MAX_SPELLINGS)
    .map(part => Buffer.from(part, 'base64').toString())
    .filter(isText)
}

/** What is no base64 decodes to bytes that are no text. */
const isText = (text: string): boolean => text !== '' && !text.includes('\uFFFD')

/**
 * What base64 of any text that holds a value has in it, for each of the three places where the value can begin in a
 * group of three bytes; without the characters at both ends that also say something of what stands around it.
 */
export function insideBase64(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap(before => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '')
    const first = Math.ceil((before * 8) / 6)
    const last = Math.floor(((before + bytes.length) * 8) / 6)
    const inside = encoded.slice(first, last)
    // Few characters are in other texts by chance.
    return inside.length >= 6 ? [inside] : []
  })
}
