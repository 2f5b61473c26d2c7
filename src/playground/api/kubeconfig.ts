import { stringify } from 'yaml'

/** A kubeconfig whose one context, cluster and user are all called `playground`. */
export const makeKubeconfig = ({
  server,
  ca,
  token,
}: {
  readonly server: string
  /** PEM. */
  readonly ca: string
  readonly token: string
}): string =>
  stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'playground',
          cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
        },
      ],
      users: [{ name: 'playground', user: { token } }],
      contexts: [
        { name: 'playground', context: { cluster: 'playground', user: 'playground', namespace: 'default' } },
      ],
      'current-context': 'playground',
      preferences: {},
    },
    { lineWidth: 0 },
  )
