import { groupOf } from '../kubernetes/kubernetes-object.ts'
import { isTemplate } from '../yaml/find-template.ts'
import type { Path } from '../yaml/path.ts'
import type { IdentityFault } from './validate-identity.ts'

/** The groups whose texts are names, patterns and values of requests, so that a template in them is never meant. */
const READ_GROUPS: ReadonlySet<string> = new Set([
  '',
  'networking.istio.io',
  'security.istio.io',
  'gateway.networking.k8s.io',
  'networking.k8s.io',
  'policy.linkerd.io',
  'linkerd.io',
  'apps',
])

/** An EnvoyFilter holds whole programs. */
const UNREAD_KINDS: ReadonlySet<string> = new Set(['EnvoyFilter', 'Secret', 'ConfigMap'])

/** More than one is mostly the same omission. */
const MAX_FOUND = 5

/**
 * Templates in quotes, which are valid YAML and text to everybody who reads it: a rule with one is for a host or a header
 * that nobody has.
 */
export function findQuotedTemplates(fields: Readonly<Record<string, unknown>>): readonly IdentityFault[] {
  const { apiVersion, kind } = fields
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return []
  if (!READ_GROUPS.has(groupOf(apiVersion)) || UNREAD_KINDS.has(kind)) return []
  const found: IdentityFault[] = []
  const visit = (value: unknown, path: Path): void => {
    if (found.length >= MAX_FOUND) return
    if (typeof value === 'string') {
      if (isTemplate(value))
        found.push({
          path,
          message: `The template expression ${value.slice(value.indexOf('{{'), 60)} has not been rendered`,
          hint: 'Render it first, for example with helm template',
        })
    } else if (Array.isArray(value))
      for (const [index, item] of value.entries()) visit(item, [...path, index])
    else if (typeof value === 'object' && value !== null)
      // What runs in a container may well be a template of its own.
      for (const [key, item] of Object.entries(value)) if (key !== 'containers') visit(item, [...path, key])
  }
  visit(fields['spec'], ['spec'])
  return found
}
