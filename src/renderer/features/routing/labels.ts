/** `app=api, version=v1` of a map of labels. */
export const formatLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')

/** A map of labels of `app=api, version=v1`; undefined where a part is no label. */
export function readLabels(text: string): Readonly<Record<string, string>> | undefined {
  const parts = text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
  const labels: Record<string, string> = {}
  for (const part of parts) {
    const [, key, value] = /^([\w./-]+)\s*[=:]\s*([\w.-]*)$/.exec(part) ?? []
    if (key === undefined || value === undefined) return undefined
    labels[key] = value
  }
  return parts.length === 0 ? undefined : labels
}
