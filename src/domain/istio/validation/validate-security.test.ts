import { expect, test } from 'vitest'
import { parse } from '../../../../test/fixtures/routing.ts'
import { validateObjects } from './validate-objects.ts'

// Each was given to `istioctl analyze` 1.31, which rejects the same ones.
test.each<[kind: string, spec: string, paths: readonly string[]]>([
  ['AuthorizationPolicy', '{action: DENY}', ['spec.rules']],
  ['AuthorizationPolicy', '{}', []],
  ['AuthorizationPolicy', '{action: ALLOW, rules: []}', []],
  ['AuthorizationPolicy', '{action: DENY, rules: []}', ['spec.rules']],
  ['AuthorizationPolicy', '{action: CUSTOM, rules: [{}]}', ['spec.provider']],
  ['AuthorizationPolicy', '{provider: {name: x}, rules: [{}]}', ['spec.provider']],
  ['AuthorizationPolicy', '{rules: [{from: []}]}', []],
  ['AuthorizationPolicy', '{rules: [{to: []}]}', []],
  ['AuthorizationPolicy', '{rules: [{from: [{}]}]}', ['spec.rules[0].from[0].source']],
  ['AuthorizationPolicy', '{rules: [{from: [{source: {}}]}]}', ['spec.rules[0].from[0].source']],
  [
    'AuthorizationPolicy',
    '{rules: [{from: [{source: {principals: []}}]}]}',
    ['spec.rules[0].from[0].source'],
  ],
  ['AuthorizationPolicy', '{rules: [{to: [{operation: {}}]}]}', ['spec.rules[0].to[0].operation']],
  [
    'AuthorizationPolicy',
    '{rules: [{to: [{operation: {ports: ["http"]}}]}]}',
    ['spec.rules[0].to[0].operation.ports'],
  ],
  ['AuthorizationPolicy', '{rules: [{to: [{operation: {ports: ["0"]}}]}]}', []],
  [
    'AuthorizationPolicy',
    '{rules: [{to: [{operation: {ports: ["70000"]}}]}]}',
    ['spec.rules[0].to[0].operation.ports'],
  ],
  ['AuthorizationPolicy', '{rules: [{when: [{key: source.ip}]}]}', ['spec.rules[0].when[0]']],
  ['AuthorizationPolicy', '{rules: [{when: [{key: "", values: [a]}]}]}', ['spec.rules[0].when[0].key']],
  ['AuthorizationPolicy', '{rules: [{when: [{key: source.ip, values: []}]}]}', ['spec.rules[0].when[0]']],
  [
    'AuthorizationPolicy',
    '{selector: {matchLabels: {a: b}}, targetRefs: [{group: "", kind: Service, name: x}], rules: [{}]}',
    ['spec.selector'],
  ],
  [
    'AuthorizationPolicy',
    '{selector: {}, targetRefs: [{group: "", kind: Service, name: x}], rules: [{}]}',
    ['spec.selector'],
  ],
  ['AuthorizationPolicy', '{rules: [null]}', []],
  ['PeerAuthentication', '{portLevelMtls: {"80": {mode: STRICT}}}', ['spec.portLevelMtls']],
  ['PeerAuthentication', '{selector: {matchLabels: {a: b}}, portLevelMtls: {}}', []],
  [
    'PeerAuthentication',
    '{selector: {matchLabels: {a: b}}, portLevelMtls: {"0": {mode: STRICT}}}',
    ['spec.portLevelMtls["0"]'],
  ],
  ['PeerAuthentication', '{selector: {matchLabels: {a: b}}, portLevelMtls: {"80": {mode: STRICT}}}', []],
])('%s %s', (kind, spec, paths) => {
  const objects = parse(`apiVersion: security.istio.io/v1
kind: ${kind}
metadata: {name: a, namespace: shop}
spec: ${spec}
`)
  expect(validateObjects(objects).map(({ path }) => path)).toEqual(paths)
})
