/** The first line of a YAML parser's message without the place, which is shown beside it. */
export const describeYamlError = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
