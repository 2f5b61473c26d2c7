/** A template expression that nothing has rendered yet, and where it begins. */
export interface TemplateExpression {
  readonly offset: number
  /** `{{ .Release.Name }}`, cut where it is long. */
  readonly text: string
}

/** What begins an action of Go's templates, as Helm writes them: a field, a variable, a function or a block. */
const ACTION =
  /\{\{-?\s*(?:[.$]|\/\*|(?:if|else|end|range|with|define|include|template|block|toYaml|tpl|lookup)\b)/

/** Whether a text value holds an expression that Helm would have rendered. */
export const isTemplate = (value: string): boolean => ACTION.test(value)

/**
 * The first template expression outside quotes and comments between two offsets: YAML reads `{{` as a map inside a
 * map, so that what is said of it otherwise is hard to understand.
 */
export function findTemplate(text: string, start: number, end: number): TemplateExpression | undefined {
  for (let line = start; line < end;) {
    const found = text.indexOf('\n', line)
    const lineEnd = found < 0 || found > end ? end : found
    const at = findInLine(text.slice(line, lineEnd))
    if (at !== undefined) {
      const rest = text.slice(line + at, lineEnd)
      const close = rest.indexOf('}}')
      return { offset: line + at, text: rest.slice(0, close < 0 ? 60 : Math.min(close + 2, 60)).trim() }
    }
    line = lineEnd + 1
  }
  return undefined
}

function findInLine(line: string): number | undefined {
  if (/^\s*#/.test(line)) return undefined
  let quote = ''
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? ''
    if (quote !== '') {
      if (character === '\\' && quote === '"') index++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '{' && line[index + 1] === '{') return index
    else if (character === '#' && /\s/.test(line[index - 1] ?? '')) return undefined
  }
  return undefined
}
