import {
  fieldsOf,
  listOf,
  numberOf,
  textOf,
  type Fields,
} from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import { insert, type Addition, type ChipModel } from '../cards/object-model.ts'

const namesOf = (value: unknown): readonly string[] =>
  listOf(value).map(item => (typeof item === 'string' ? item : (textOf(fieldsOf(item)['name']) ?? '')))

function headerWords(changes: Fields): string {
  const parts = (['set', 'add', 'remove'] as const).flatMap(verb => {
    const names = namesOf(changes[verb])
    return names.length === 0 ? [] : [`${verb} ${names.join(', ')}`]
  })
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

function pathWords(path: Fields): readonly string[] {
  const whole = textOf(path['replaceFullPath'])
  const prefix = textOf(path['replacePrefixMatch'])
  return whole !== undefined ? [`path ${whole}`] : prefix !== undefined ? [`prefix ${prefix}`] : []
}

/** A filter in words. Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter */
export function describeFilter(filter: Fields, path: Path): ChipModel {
  const type = textOf(filter['type']) ?? ''
  switch (type) {
    case 'RequestHeaderModifier':
      return {
        path,
        subject: 'request headers',
        value: headerWords(fieldsOf(filter['requestHeaderModifier'])),
      }
    case 'ResponseHeaderModifier':
      return {
        path,
        subject: 'answer headers',
        value: headerWords(fieldsOf(filter['responseHeaderModifier'])),
      }
    case 'RequestRedirect': {
      const redirect = fieldsOf(filter['requestRedirect'])
      const words = [
        textOf(redirect['scheme']),
        textOf(redirect['hostname']),
        ...pathWords(fieldsOf(redirect['path'])),
        String(numberOf(redirect['statusCode']) ?? 302),
      ]
      return { path, subject: 'redirect', value: words.filter(Boolean).join(' ') }
    }
    case 'URLRewrite': {
      const rewrite = fieldsOf(filter['urlRewrite'])
      const words = [textOf(rewrite['hostname']), ...pathWords(fieldsOf(rewrite['path']))]
      return { path, subject: 'rewrite', value: words.filter(Boolean).join(' ') }
    }
    case 'RequestMirror': {
      const mirror = fieldsOf(filter['requestMirror'])
      const percent = numberOf(mirror['percent'])
      const name = textOf(fieldsOf(mirror['backendRef'])['name']) ?? ''
      return { path, subject: 'mirror', value: percent === undefined ? name : `${name} ${String(percent)} %` }
    }
    case 'ExtensionRef': {
      const reference = fieldsOf(filter['extensionRef'])
      return {
        path,
        subject: textOf(reference['kind']) ?? 'extension',
        value: textOf(reference['name']) ?? '',
      }
    }
    default:
      return { path, subject: 'filter', value: type }
  }
}

/** What may be added, each with an example. gRPC has no redirects and rewrites. */
export function filterAdditions(path: Path, length: number, isGrpc: boolean): readonly Addition[] {
  const add = (title: string, value: unknown): Addition => insert(title, path, length, value)
  const header = [{ name: 'x-example', value: 'example' }]
  return [
    add('Change request headers', { type: 'RequestHeaderModifier', requestHeaderModifier: { set: header } }),
    add('Change answer headers', { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: header } }),
    add('Mirror', { type: 'RequestMirror', requestMirror: { backendRef: { name: 'service', port: 80 } } }),
    ...(isGrpc
      ? []
      : [
          add('Redirect', { type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }),
          add('Rewrite the path', {
            type: 'URLRewrite',
            urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
          }),
        ]),
  ]
}
