import { ProblemError } from '../../domain/problem.ts'

/** How the bytes of a text are meant, by its byte order mark, else by where the zeros of its first letters stand. */
function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second, third, fourth] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le'
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be'
  return 'utf-8'
}

/**
 * The text of a file, without its byte order mark: UTF-8, or UTF-16 as PowerShell's `>` writes it. Throws where the
 * bytes are neither: what cannot be read must not be taken for something else.
 */
export function decodeText(bytes: Uint8Array, title: string): string {
  const encoding = encodingOf(bytes)
  let text: string
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ProblemError(
      {
        code: 'bad-input',
        message: `${title}: the file is not text in ${encoding === 'utf-8' ? 'UTF-8' : 'UTF-16'}`,
        hint: 'Save it as UTF-8',
      },
      { cause: error },
    )
  }
  const zero = text.indexOf('\0')
  if (zero < 0) return text
  const line = text.slice(0, zero).split('\n').length
  throw new ProblemError({
    code: 'bad-input',
    message: `${title}:${String(line)}: the file holds binary data`,
    hint: 'Save it as UTF-8 text',
    line,
  })
}
