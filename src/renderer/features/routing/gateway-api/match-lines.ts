import { fieldsOf, listOf, textOf, type Fields } from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import { chipOf, insert, set, type ChipModel, type LineModel } from '../cards/object-model.ts'

/** What a rule asks of a request: a line for each alternative. */
export function matchLines(rule: Fields, rulePath: Path, kind: 'http' | 'grpc'): readonly LineModel[] {
  const list: Path = [...rulePath, 'matches']
  const matches = listOf(rule['matches']).map(fieldsOf)
  const lines = matches.map((match, at): LineModel => {
    const path: Path = [...list, at]
    return {
      path,
      floor: rulePath.length,
      lead: at === 0 ? '' : 'or',
      none: 'any request',
      chips: kind === 'http' ? httpChips(match, path) : grpcChips(match, path),
      additions: [
        ...conditionAdditions(match, path, kind),
        ...(at === matches.length - 1
          ? [insert('Alternative: or…', list, matches.length, exampleMatch(kind))]
          : []),
      ],
    }
  })
  return lines.length > 0
    ? lines
    : [
        {
          path: list,
          lead: '',
          none: 'any request',
          chips: [],
          additions: [
            insert(kind === 'http' ? 'Path' : 'Method', list, 0, exampleMatch(kind)),
            insert('Header', list, 0, { headers: [{ name: 'user-type', value: 'beta' }] }),
          ],
        },
      ]
}

const exampleMatch = (kind: 'http' | 'grpc'): unknown =>
  kind === 'http'
    ? { path: { type: 'PathPrefix', value: '/api' } }
    : { method: { service: 'package.Service' } }

function conditionAdditions(match: Fields, path: Path, kind: 'http' | 'grpc') {
  const header = insert('Header', [...path, 'headers'], listOf(match['headers']).length, {
    name: 'user-type',
    value: 'beta',
  })
  if (kind === 'grpc')
    return [
      ...(match['method'] === undefined
        ? [set('Method', [...path, 'method'], { service: 'package.Service' })]
        : []),
      header,
    ]
  return [
    ...(match['path'] === undefined
      ? [set('Path', [...path, 'path'], { type: 'PathPrefix', value: '/api' })]
      : []),
    header,
    insert('Query parameter', [...path, 'queryParams'], listOf(match['queryParams']).length, {
      name: 'version',
      value: '2',
    }),
    ...(match['method'] === undefined ? [set('Method', [...path, 'method'], 'GET')] : []),
  ]
}

/** The defaults are Gateway API's: PathPrefix for paths, Exact for the rest. */
const verbs: Readonly<Record<string, string>> = {
  Exact: 'is',
  PathPrefix: 'begins with',
  RegularExpression: 'matches',
}
const verbOf = (fields: Fields, fallback: string): string => {
  const type = textOf(fields['type']) ?? fallback
  return verbs[type] ?? type
}

function namedChips(match: Fields, field: 'headers' | 'queryParams', subject: string, path: Path) {
  return listOf(match[field])
    .map(fieldsOf)
    .map((item, at): ChipModel => ({
      path: [...path, field, at],
      subject,
      name: textOf(item['name']) ?? '',
      verb: verbOf(item, 'Exact'),
      value: textOf(item['value']) ?? '',
    }))
}

function httpChips(match: Fields, path: Path): readonly ChipModel[] {
  const uri = fieldsOf(match['path'])
  return [
    ...(match['path'] === undefined
      ? []
      : [
          {
            path: [...path, 'path'],
            subject: 'path',
            verb: verbOf(uri, 'PathPrefix'),
            value: textOf(uri['value']) ?? '/',
          },
        ]),
    ...chipOf([...path, 'method'], 'method', match['method']),
    ...namedChips(match, 'headers', 'header', path),
    ...namedChips(match, 'queryParams', 'query', path),
  ]
}

function grpcChips(match: Fields, path: Path): readonly ChipModel[] {
  const method = fieldsOf(match['method'])
  return [
    ...(match['method'] === undefined
      ? []
      : [
          {
            path: [...path, 'method'],
            subject: 'method',
            verb: verbOf(method, 'Exact'),
            value: [textOf(method['service']) ?? '*', textOf(method['method']) ?? '*'].join('/'),
          },
        ]),
    ...namedChips(match, 'headers', 'header', path),
  ]
}
