import { ProblemError } from '../domain/problem.ts'

/** The value of `-o`: the first form where it is not given. */
export function readOutput<const Form extends string>(
  value: unknown,
  forms: readonly [Form, ...Form[]],
): Form {
  if (value === undefined) return forms[0]
  const form = forms.find(item => item === value)
  if (form === undefined)
    throw new ProblemError({
      code: 'bad-input',
      message: `-o takes ${forms.slice(0, -1).join(', ')} or ${forms.at(-1) ?? ''}, not ${JSON.stringify(value)}`,
    })
  return form
}
