/** Longer patterns cost more than they help while typing; the server checks them anyway. */
const longest = 500

/**
 * A RE2 pattern of a CRD as one for JavaScript; nothing where it cannot be expressed, so that valid text is never
 * marked. Source: https://github.com/google/re2/wiki/Syntax
 */
export function translatePattern(pattern: string): { pattern?: string } {
  // Flags such as (?i) and classes such as [[:alpha:]] have no counterpart.
  if (pattern.length > longest || /\(\?[imsU-]+[:)]|\[\[:|\\[QEC]/.test(pattern)) return {}
  // `(a+)+` can hang JavaScript's engine on long text, which RE2 never does.
  if (/[+*}]\)[+*{]/.test(pattern)) return {}
  const translated = pattern
    .replaceAll('(?P<', '(?<')
    .replace(/\\p([A-Z])/g, String.raw`\p{$1}`)
    .replaceAll(String.raw`\A`, '^')
    .replaceAll(String.raw`\z`, '$')
  try {
    new RegExp(translated, 'u')
    return { pattern: translated }
  } catch {
    // Escapes that RE2 allows and JavaScript does not, such as `\-`: without them is better than marking good text.
    return isValid(translated) ? { pattern: escapeLeniently(translated) } : {}
  }
}

/** `\-`, `\_`, `\"` and such mean the character itself. */
const escapeLeniently = (pattern: string): string => pattern.replace(/\\([^\w\\^$.*+?()[\]{}|/-])/g, '$1')

function isValid(pattern: string): boolean {
  try {
    new RegExp(escapeLeniently(pattern), 'u')
    return true
  } catch {
    return false
  }
}
