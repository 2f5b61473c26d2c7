/** What a YAML parser complains of, in its first line and without the place, which is told beside it. */
export const describeYamlError = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
