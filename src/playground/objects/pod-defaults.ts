import { isObject, listOf, objectOf, textOf, type JsonObject } from './json.ts'

// Source: pkg/apis/core/v1/defaults.go of Kubernetes 1.36.

const mapField = (object: JsonObject, name: string, fill: (value: JsonObject) => JsonObject): JsonObject =>
  isObject(object[name]) ? { ...object, [name]: fill(object[name]) } : object

const probeWithDefaults = (probe: JsonObject): JsonObject => ({
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  ...mapField(probe, 'httpGet', action => ({ path: '/', scheme: 'HTTP', ...action })),
})

/** `latest`, said or not, is always pulled. */
function pullPolicyOf(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  if (name.includes('@')) return 'IfNotPresent'
  const tag = name.includes(':') ? name.slice(name.indexOf(':') + 1) : 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

/** In a pod, not in a template, limits stand for requests that are not said. */
function resourcesWithDefaults(resources: JsonObject): JsonObject {
  if (!isObject(resources['limits'])) return resources
  return { ...resources, requests: { ...resources['limits'], ...objectOf(resources['requests']) } }
}

function containerWithDefaults(container: JsonObject): JsonObject {
  const image = textOf(container['image'])
  let filled: JsonObject = {
    ...(image === '' ? {} : { imagePullPolicy: pullPolicyOf(image) }),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...container,
    resources: objectOf(container['resources']),
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    filled = mapField(filled, name, probeWithDefaults)
  if (Array.isArray(filled['ports']))
    filled = {
      ...filled,
      ports: listOf(filled['ports']).map(port => ({ protocol: 'TCP', ...objectOf(port) })),
    }
  if (Array.isArray(filled['env']))
    filled = {
      ...filled,
      env: listOf(filled['env']).map(variable =>
        mapField(objectOf(variable), 'valueFrom', source =>
          mapField(source, 'fieldRef', reference => ({ apiVersion: 'v1', ...reference })),
        ),
      ),
    }
  return filled
}

const volumeSources = ['configMap', 'secret', 'projected', 'downwardAPI']

/** A volume without a source is an empty folder. */
function volumeWithDefaults(volume: JsonObject): JsonObject {
  const filled = Object.keys(volume).some(name => name !== 'name') ? volume : { ...volume, emptyDir: {} }
  return volumeSources.reduce(
    (own, name) => mapField(own, name, source => ({ defaultMode: 420, ...source })),
    filled,
  )
}

/** A pod's spec with the server's defaults. */
export function podSpecWithDefaults(spec: JsonObject): JsonObject {
  const serviceAccount = spec['serviceAccountName'] ?? spec['serviceAccount']
  const lists = Object.fromEntries(
    ['containers', 'initContainers']
      .filter(name => Array.isArray(spec[name]))
      .map(name => [name, listOf(spec[name]).map(container => containerWithDefaults(objectOf(container)))]),
  )
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    ...lists,
    ...(Array.isArray(spec['volumes'])
      ? { volumes: listOf(spec['volumes']).map(volume => volumeWithDefaults(objectOf(volume))) }
      : {}),
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount, serviceAccount }),
  }
}

/** A pod's own spec; templates get their requests when pods are made of them. */
export function podSpecOfPodWithDefaults(spec: JsonObject): JsonObject {
  const filled = podSpecWithDefaults(spec)
  const lists = ['containers', 'initContainers'].filter(name => Array.isArray(filled[name]))
  return {
    enableServiceLinks: true,
    ...filled,
    ...Object.fromEntries(
      lists.map(name => [
        name,
        listOf(filled[name]).map(container =>
          mapField(objectOf(container), 'resources', resourcesWithDefaults),
        ),
      ]),
    ),
  }
}
