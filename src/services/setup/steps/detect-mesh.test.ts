import { expect, it } from 'vitest'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { detectMeshes } from './detect-mesh.ts'

const fail = (): never => {
  throw new Error('not asked')
}
const clientOf = (answers: Readonly<Record<string, readonly object[]>>): KubernetesClient => ({
  request: fail,
  readLines: fail,
  readJson: ({ query }) => Promise.resolve({ items: answers[String(query?.['labelSelector'])] ?? [] }),
})
const deployment = (namespace: string, labels: object, image: string, annotations: object = {}): object => ({
  metadata: { name: 'x', namespace, labels, annotations },
  spec: { template: { spec: { containers: [{ image }] } } },
})

it.each<[string, Readonly<Record<string, readonly object[]>>, readonly object[]]>([
  ['nothing', {}, []],
  [
    "istioctl's demo",
    {
      'app=istiod': [
        deployment(
          'istio-system',
          // As istioctl 1.31 leaves it: the charts' own labels say Helm and 1.0.0.
          {
            'istio.io/rev': 'default',
            'install.operator.istio.io/owning-resource': 'unknown',
            'operator.istio.io/managed': 'Reconcile',
            'operator.istio.io/version': '1.31.0',
            'app.kubernetes.io/managed-by': 'Helm',
            'app.kubernetes.io/version': '1.0.0',
            'helm.sh/chart': 'istiod-1.0.0',
          },
          'localhost:5000/istio/pilot:1.31.0@sha256:ab',
        ),
      ],
    },
    [
      {
        mesh: 'istio',
        namespace: 'istio-system',
        version: '1.31.0',
        revision: 'default',
        managedBy: 'istioctl',
      },
    ],
  ],
  [
    'a chart of Helm',
    {
      'app=istiod': [
        deployment(
          'mesh',
          { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/version': '1.30.3' },
          'a',
          { 'meta.helm.sh/release-name': 'istiod' },
        ),
      ],
    },
    [{ mesh: 'istio', namespace: 'mesh', version: '1.30.3', managedBy: 'Helm' }],
  ],
  ...(
    [
      [{ 'helm.sh/chart': 'istiod-1.0.0', 'app.kubernetes.io/managed-by': 'Helm' }, {}, 'manifests'],
      [{}, { 'argocd.argoproj.io/tracking-id': 'istio:apps/Deployment' }, 'Argo CD'],
      [{ 'kustomize.toolkit.fluxcd.io/name': 'mesh' }, {}, 'Flux'],
      [{}, {}, 'unknown'],
    ] as const
  ).map(
    ([labels, annotations, managedBy]): [string, Record<string, readonly object[]>, readonly object[]] => [
      `what ${managedBy} made`,
      { 'app=istiod': [deployment('m', labels, 'pilot:1.31.0', annotations)] },
      [{ mesh: 'istio', namespace: 'm', version: '1.31.0', managedBy }],
    ],
  ),
  [
    'Linkerd',
    {
      'linkerd.io/control-plane-component=destination': [
        deployment('linkerd', {}, 'cr.l5d.io/linkerd/proxy:edge-26.8.3', {
          'linkerd.io/created-by': 'linkerd/cli edge-26.8.3',
        }),
      ],
    },
    [{ mesh: 'linkerd', namespace: 'linkerd', version: 'edge-26.8.3', managedBy: 'linkerd/cli edge-26.8.3' }],
  ],
])('finds %s', async (_, answers, expected) => {
  await expect(detectMeshes(clientOf(answers), new AbortController().signal)).resolves.toEqual(expected)
})
