import type { Path } from '../yaml/path.ts'

/**
 * The path in an API server's message as keys and indexes: `.spec.http[0].route` or `spec.ports[k={"port":80}].name`.
 * A list item that is named by its keys ends the path: its index is not known from the text alone.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts (field paths)
 */
export function parseFieldPath(text: string): Path {
  const path: (string | number)[] = []
  const parts = /\.?([^.[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]/y
  for (let match = parts.exec(text); match; match = parts.exec(text)) {
    const [, key, index, quoted] = match
    if (key !== undefined) path.push(key)
    else if (index !== undefined) path.push(Number(index))
    else if (quoted !== undefined) path.push(quoted)
    else break
  }
  return path
}
