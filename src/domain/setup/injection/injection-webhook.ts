import { fitsLabelSelector } from '../../kubernetes/label-selector.ts'
import { compact, fieldsOf, listOf, textOf, textsOf, type Fields } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

export type Labels = Readonly<Record<string, string>>

/** One webhook that puts proxies into new pods. */
export interface InjectionWebhook {
  /** The name of its MutatingWebhookConfiguration. */
  readonly configuration: string
  readonly name: string
  readonly mesh: 'istio' | 'linkerd'
  readonly revision?: string
  readonly tag?: string
  readonly namespaceSelector: Fields
  readonly objectSelector: Fields
  readonly failurePolicy: 'Fail' | 'Ignore'
  /** RFC 3339. */
  readonly createdAt?: string
  /** Why it cannot inject at the moment, as the end of a sentence. */
  readonly fault?: string
}

const REVISION = 'istio.io/rev'
const TAG = 'istio.io/tag'

/** Istio's end in `sidecar-injector.istio.io`; Linkerd has one. Sources: istio manifests/charts, linkerd2 charts/linkerd-control-plane. */
function meshOf(webhook: string): InjectionWebhook['mesh'] | undefined {
  if (webhook === 'sidecar-injector.istio.io' || webhook.endsWith('.sidecar-injector.istio.io'))
    return 'istio'
  return webhook === 'linkerd-proxy-injector.linkerd.io' ? 'linkerd' : undefined
}

const isForNewPods = (rule: unknown): boolean => {
  const { operations, resources } = fieldsOf(rule)
  const has = (list: unknown, ...values: string[]): boolean =>
    textsOf(list).some(value => values.includes(value))
  return has(operations, 'CREATE', '*') && has(resources, 'pods', '*', '*/*')
}

/** The webhooks of both meshes that are called when a pod is made. `slices`: EndpointSlices, where they can be read. */
export function readInjectionWebhooks(
  configurations: readonly KubernetesObject[],
  slices: readonly KubernetesObject[] | undefined,
): readonly InjectionWebhook[] {
  return configurations.flatMap(({ metadata, webhooks }) =>
    listOf(webhooks).flatMap(item => {
      const fields = fieldsOf(item)
      const name = textOf(fields['name']) ?? ''
      const mesh = meshOf(name)
      if (mesh === undefined || !listOf(fields['rules']).some(isForNewPods)) return []
      return compact({
        configuration: metadata.name,
        name,
        mesh,
        revision: metadata.labels?.[REVISION],
        tag: metadata.labels?.[TAG],
        namespaceSelector: fieldsOf(fields['namespaceSelector']),
        objectSelector: fieldsOf(fields['objectSelector']),
        failurePolicy: fields['failurePolicy'] === 'Ignore' ? ('Ignore' as const) : ('Fail' as const),
        createdAt: metadata.creationTimestamp,
        fault: faultOf(fieldsOf(fields['clientConfig']), slices),
      })
    }),
  )
}

/** What keeps the API server from reaching it. Source: Kubernetes, Dynamic Admission Control, "Contacting the webhook". */
function faultOf(
  client: Readonly<Record<string, unknown>>,
  slices: readonly KubernetesObject[] | undefined,
): string | undefined {
  const { namespace, name } = fieldsOf(client['service'])
  if (textOf(name) === undefined) return undefined
  // istiod and Linkerd's injector sign with their own authority: without its bundle the API server trusts nobody.
  if (textOf(client['caBundle']) === undefined) return 'its caBundle is empty'
  if (slices === undefined) return undefined
  const isReady = slices.some(
    slice =>
      slice.metadata.namespace === namespace &&
      slice.metadata.labels?.['kubernetes.io/service-name'] === name &&
      listOf(slice['endpoints']).some(
        endpoint => fieldsOf(fieldsOf(endpoint)['conditions'])['ready'] !== false,
      ),
  )
  return isReady ? undefined : `its service ${String(namespace)}/${String(name)} has no ready endpoint`
}

/** Whether the API server calls the webhook for such a pod. */
export const callsWebhook = (
  { namespaceSelector, objectSelector }: Pick<InjectionWebhook, 'namespaceSelector' | 'objectSelector'>,
  namespace: Labels,
  pod: Labels,
): boolean => fitsLabelSelector(namespaceSelector, namespace) && fitsLabelSelector(objectSelector, pod)

const expression = (key: string, operator: string, ...values: string[]) =>
  values.length === 0 ? { key, operator } : { key, operator, values }

/**
 * The webhooks that an ordinary installation has, for users without permission to read the real ones.
 * Source: istio manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml; Linkerd, Automatic Proxy Injection.
 */
export function assumeWebhooks(
  revisions: readonly string[],
  hasLinkerd: boolean,
): readonly InjectionWebhook[] {
  const label = 'istio-injection'
  const inject = 'sidecar.istio.io/inject'
  const isNotOut = { matchExpressions: [expression(inject, 'NotIn', 'false')] }
  const ofIstio = (
    name: string,
    revision: string,
    namespace: readonly unknown[],
    pod: readonly unknown[],
  ): InjectionWebhook => ({
    configuration: `istio-sidecar-injector${revision === 'default' ? '' : `-${revision}`}`,
    name: `${name}.sidecar-injector.istio.io`,
    mesh: 'istio',
    revision,
    namespaceSelector: { matchExpressions: namespace },
    objectSelector: { matchExpressions: pod },
    failurePolicy: 'Fail',
  })
  return [
    ...revisions.flatMap(revision => [
      ofIstio(
        'rev.namespace',
        revision,
        [expression(REVISION, 'In', revision), expression(label, 'DoesNotExist')],
        isNotOut.matchExpressions,
      ),
      ofIstio(
        'rev.object',
        revision,
        [expression(REVISION, 'DoesNotExist'), expression(label, 'DoesNotExist')],
        [...isNotOut.matchExpressions, expression(REVISION, 'In', revision)],
      ),
      ...(revision === 'default'
        ? [
            ofIstio('namespace', revision, [expression(label, 'In', 'enabled')], isNotOut.matchExpressions),
            ofIstio(
              'object',
              revision,
              [expression(label, 'DoesNotExist'), expression(REVISION, 'DoesNotExist')],
              [expression(inject, 'In', 'true'), expression(REVISION, 'DoesNotExist')],
            ),
          ]
        : []),
    ]),
    ...(hasLinkerd
      ? [
          {
            configuration: 'linkerd-proxy-injector-webhook-config',
            name: 'linkerd-proxy-injector.linkerd.io',
            mesh: 'linkerd' as const,
            namespaceSelector: {
              matchExpressions: [expression('config.linkerd.io/admission-webhooks', 'NotIn', 'disabled')],
            },
            objectSelector: {},
            failurePolicy: 'Ignore' as const,
          },
        ]
      : []),
  ]
}
