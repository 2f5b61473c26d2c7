import { createHash, randomBytes } from 'node:crypto'

/** What became of a one-time code. `used` and `expired` are told apart so that the page can say what to do. */
export type Exchange =
  | { readonly kind: 'session'; readonly secret: string }
  | { readonly kind: 'used' | 'expired' | 'unknown' | 'too-many' }

/** Who may use the window: one-time codes, each exchanged once for the secret of a session. Kept in memory only. */
export interface Sessions {
  /** A new one-time code. */
  readonly issueCode: () => string
  /** Takes a code, once. */
  readonly exchange: (code: string) => Exchange
  readonly isKnown: (secret: string) => boolean
}

const CODE_TTL_MS = 15 * 60_000
const MAX_CODES = 16
const MAX_SESSIONS = 64
const GUESS_WINDOW_MS = 60_000
const MAX_WRONG_GUESSES = 10

/** Secrets are looked up by their hash: how long a look-up takes says nothing about the secret. */
const hash = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** `random` gives the text of a code or secret; `now` is in milliseconds. */
export function createSessions({
  now,
  random = () => randomBytes(32).toString('base64url'),
}: {
  readonly now: () => number
  readonly random?: () => string
}): Sessions {
  const codes = new Map<string, { readonly expiresAt: number; isUsed: boolean }>()
  const secrets = new Set<string>()
  let wrongGuesses: number[] = []

  const bound = (collection: Map<string, unknown> | Set<string>, most: number): void => {
    for (const oldest of collection.keys()) {
      if (collection.size <= most) return
      collection.delete(oldest)
    }
  }

  return {
    issueCode() {
      const code = random()
      codes.set(hash(code), { expiresAt: now() + CODE_TTL_MS, isUsed: false })
      bound(codes, MAX_CODES)
      return code
    },
    exchange(code) {
      wrongGuesses = wrongGuesses.filter(at => now() - at < GUESS_WINDOW_MS)
      if (wrongGuesses.length >= MAX_WRONG_GUESSES) return { kind: 'too-many' }
      const known = codes.get(hash(code))
      if (!known) {
        wrongGuesses.push(now())
        return { kind: 'unknown' }
      }
      if (known.isUsed) return { kind: 'used' }
      if (known.expiresAt <= now()) return { kind: 'expired' }
      known.isUsed = true
      const secret = random()
      secrets.add(hash(secret))
      bound(secrets, MAX_SESSIONS)
      return { kind: 'session', secret }
    },
    isKnown: secret => {
      const key = hash(secret)
      if (!secrets.delete(key)) return false
      // The least recently used session is the first to be forgotten.
      secrets.add(key)
      return true
    },
  }
}
