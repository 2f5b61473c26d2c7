import type { Problem } from '../problem.ts'
import { countTokens } from './count-tokens.ts'
import { isTooDeep, MAX_DEPTH } from './text-depth.ts'

/** How much of a text is read. What the parser costs grows with the tokens, far less with the characters. */
export interface TextLimits {
  readonly maxLength: number
  readonly maxTokens: number
  readonly maxDocuments: number
}

export const TEXT_LIMITS: TextLimits = {
  /** Characters. The largest manifests in use, bundles of CRDs, have about 4 million. */
  maxLength: 8_000_000,
  /** About 40,000 lines of a manifest, or a flow list of 100,000 items: half a second of the parser. */
  maxTokens: 300_000,
  maxDocuments: 10_000,
}

const tooLarge = (message: string): Problem => ({
  code: 'too-large',
  message,
  hint: 'Split the text, or open a smaller part of it',
  line: 1,
  column: 1,
})

/**
 * Says why a text must not even be parsed: it is too long, nested too deeply, or has so many values, lines or
 * documents that the parser would take seconds and hundreds of megabytes. Costs two passes over the characters, and
 * ends at the limit.
 */
export function checkTextLimits(text: string, limits: TextLimits = TEXT_LIMITS): Problem | undefined {
  const { maxLength, maxTokens, maxDocuments } = limits
  if (text.length > maxLength)
    return tooLarge(`The text has ${text.length} characters; more than ${maxLength} are not read`)
  if (countTokens(text, maxTokens) > maxTokens)
    return tooLarge(
      `The text has more than ${maxTokens} parts (keys, values, signs, lines), which are not read`,
    )
  if (isTooDeep(text)) return tooLarge(`The text is nested more than ${MAX_DEPTH} levels deep`)
  if (countDocuments(text, maxDocuments) > maxDocuments)
    return tooLarge(`The text has more than ${maxDocuments} documents, which are not read`)
  return undefined
}

function countDocuments(text: string, limit: number): number {
  let count = 1
  for (let at = text.startsWith('---') ? 0 : text.indexOf('\n---'); at >= 0 && count <= limit; count++)
    at = text.indexOf('\n---', at + 1)
  return count
}
