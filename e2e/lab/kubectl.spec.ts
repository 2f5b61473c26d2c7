import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { get as getHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { delimiter, join } from 'node:path'
import { expect, test } from '@playwright/test'
import { parse } from 'yaml'
import {
  findLab,
  labPrograms,
  runPlayground,
  tutorialFolder,
  type PlaygroundProcess,
} from './playground-process.ts'

// The real kubectl against the playground's API server: every command of the first release's promise.

const lab = findLab()
test.skip(lab === undefined, 'no lab: neither MESH_WORKBENCH_LAB nor ../shared/lab is there')
test.describe.configure({ mode: 'default' })

let playground: PlaygroundProcess
let programs = ''
let env: NodeJS.ProcessEnv = {}

test.beforeAll(async () => {
  programs = labPrograms(lab!)
  playground = await runPlayground()
  env = {
    ...process.env,
    PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`,
    KUBECONFIG: playground.kubeconfig,
    HOME: playground.folder,
  }
  // Everything of the playground's world is there before the commands begin.
  kubectl('wait', '--for=condition=available', 'deployment', '--all', '-A', '--timeout=60s')
})

test.afterAll(() => playground.stop())

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

function run(
  args: readonly string[],
  { input = '', more = {} }: { input?: string; more?: NodeJS.ProcessEnv } = {},
): Ran {
  const { status, stdout, stderr } = spawnSync(join(programs, 'kubectl'), args, {
    env: { ...env, ...more },
    input,
    encoding: 'utf8',
    timeout: 180_000,
  })
  return { code: status, out: stdout, error: stderr }
}

/** Runs kubectl; it must succeed. */
function kubectl(...args: readonly string[]): string {
  const { code, out, error } = run(args)
  expect(code, `kubectl ${args.join(' ')}\n${out}${error}`).toBe(0)
  return out
}

/** Runs kubectl; it must fail. Gives what it says. */
function refused(args: readonly string[], input = ''): string {
  const { code, out, error } = run(args, { input })
  expect(code, `kubectl ${args.join(' ')}\n${out}`).not.toBe(0)
  return error
}

const apply = (text: string, ...args: readonly string[]): Ran =>
  run(['apply', '-f', '-', ...args], { input: text })

const columns = (table: string): readonly string[] => (table.split('\n')[0] ?? '').trim().split(/\s{2,}/)

/** Starts a kubectl that goes on, and gives its output as it comes. */
function follow(...args: readonly string[]): { child: ChildProcessWithoutNullStreams; output: () => string } {
  const child = spawn(join(programs, 'kubectl'), args, { env })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, output: () => text }
}

const podOf = (app: string): string =>
  kubectl('get', 'pods', '-l', `app=${app}`, '-o', 'jsonpath={.items[0].metadata.name}')

interface Connection {
  readonly server: string
  readonly ca: Buffer
  readonly token: string
}

function connection(): Connection {
  const config = parse(readFileSync(playground.kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { token: string } }[]
  }
  const { cluster } = config.clusters[0]!
  return {
    server: cluster.server,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
    token: config.users[0]!.user.token,
  }
}

interface Raw {
  readonly status: number
  readonly body: string
}

/** A request of our own, for what kubectl never sends. */
function raw(
  path: string,
  { method = 'GET', body = '', token = connection().token, contentType = 'application/json' } = {},
): Promise<Raw> {
  const { server, ca } = connection()
  return new Promise((resolve, reject) => {
    const request = requestHttps(
      `${server}${path}`,
      {
        method,
        ca,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === '' ? {} : { 'content-type': contentType }),
        },
      },
      response => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

test.describe('get', () => {
  for (const { resource, wanted } of [
    { resource: 'pods', wanted: ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'] },
    { resource: 'deployments', wanted: ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE'] },
    { resource: 'services', wanted: ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'] },
    { resource: 'namespaces', wanted: ['NAME', 'STATUS', 'AGE'] },
    { resource: 'virtualservices', wanted: ['NAME', 'GATEWAYS', 'HOSTS', 'AGE'] },
    { resource: 'destinationrules', wanted: ['NAME', 'HOST', 'AGE'] },
  ])
    test(`${resource} has the columns of a real cluster`, () => {
      expect(columns(kubectl('get', resource))).toEqual(wanted)
    })

  test('pods are Running and Ready', () => {
    expect(kubectl('get', 'pods', '-l', 'app=myapp')).toMatch(/myapp-v1-\S+\s+2\/2\s+Running\s+0\s+\d+s/)
  })

  test('-A adds the namespace', () => {
    const table = kubectl('get', 'pods', '-A')
    expect(columns(table)[0]).toBe('NAMESPACE')
    expect(table).toMatch(/^istio-system +istiod/m)
    expect(table).toMatch(/^shop /m)
  })

  test('-o wide adds the node and the address', () => {
    expect(columns(kubectl('get', 'pods', '-o', 'wide')).slice(5)).toEqual([
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ])
  })

  test('-o yaml, json and jsonpath give the object', () => {
    const fromYaml = parse(kubectl('get', 'virtualservice', 'myapp', '-o', 'yaml')) as Record<string, unknown>
    const fromJson = JSON.parse(kubectl('get', 'virtualservice', 'myapp', '-o', 'json')) as Record<
      string,
      unknown
    >
    expect(fromYaml).toEqual(fromJson)
    expect(fromYaml).toMatchObject({ kind: 'VirtualService', spec: { hosts: ['myapp'] } })
    expect(kubectl('get', 'vs', 'myapp', '-o', 'jsonpath={.spec.http[1].route[*].weight}')).toBe('90 10')
  })

  test('an old version of a kind is served too', () => {
    expect(
      kubectl('get', 'virtualservices.v1beta1.networking.istio.io', 'myapp', '-o', 'jsonpath={.apiVersion}'),
    ).toBe('networking.istio.io/v1beta1')
  })

  for (const { selector, pattern } of [
    { selector: 'app=myapp', pattern: /^(myapp-\S+\s*)+$/ },
    { selector: 'app=myapp,version!=v1', pattern: /^(myapp-v2-\S+\s*)+$/ },
    { selector: 'app in (myapp,api),version notin (v1)', pattern: /^((myapp|api)-v2-\S+\s*)+$/ },
    { selector: 'app,!version', pattern: /^$/ },
  ])
    test(`-l ${selector}`, () => {
      expect(kubectl('get', 'pods', '-l', selector, '-o', 'jsonpath={.items[*].metadata.name}')).toMatch(
        pattern,
      )
    })

  test('--field-selector', () => {
    const name = podOf('myapp')
    expect(
      kubectl('get', 'pods', '--field-selector', `metadata.name=${name},status.phase=Running`, '-o', 'name'),
    ).toBe(`pod/${name}\n`)
  })

  test('--chunk-size gives the same list in pages', () => {
    const all = kubectl('get', 'pods', '-A', '-o', 'name')
    expect(kubectl('get', 'pods', '-A', '-o', 'name', '--chunk-size=3')).toBe(all)
    expect(all.trim().split('\n').length).toBeGreaterThan(9)
  })

  test('--watch shows a change when it happens', async () => {
    const { child, output } = follow('get', 'configmaps', '--watch')
    try {
      await expect.poll(output).toContain('kube-root-ca.crt')
      kubectl('create', 'configmap', 'watched', '--from-literal=a=b')
      await expect.poll(output).toMatch(/^watched\s+1\s/m)
      kubectl('delete', 'configmap', 'watched')
    } finally {
      child.kill()
    }
  })
})

test('api-resources names built-in and custom kinds', () => {
  const table = kubectl('api-resources')
  expect(table).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m)
  expect(table).toMatch(/^virtualservices\s+vs\s+networking.istio.io\/v1\s+true\s+VirtualService$/m)
  expect(table).toMatch(/^httproutes\s+gateway.networking.k8s.io\/v1\s+true\s+HTTPRoute$/m)
})

test('explain describes fields of custom and built-in kinds', () => {
  const http = kubectl('explain', 'vs.spec.http')
  expect(http).toContain('GROUP:      networking.istio.io')
  expect(http).toMatch(/retries\s+<Object>/)
  expect(kubectl('explain', 'deployment.spec.replicas')).toContain('<integer>')
})

test.describe('apply', () => {
  for (const { file, isAccepted } of [
    { file: '01-canary.yaml', isAccepted: true },
    { file: '02-mutual-tls.yaml', isAccepted: true },
    { file: '03-circuit-breaking.yaml', isAccepted: true },
    { file: '04-retry-timeout.yaml', isAccepted: true },
    { file: '05-telemetry.yaml', isAccepted: true },
    { file: '06-tracing.yaml', isAccepted: false },
    { file: '07-multi-stack.yaml', isAccepted: false },
    { file: '08-gateway.yaml', isAccepted: true },
  ])
    for (const mode of [[], ['--server-side', '--force-conflicts', '--field-manager=lesson']])
      test(`${file} ${mode.join(' ')} is ${isAccepted ? 'accepted' : 'refused'} as by a real cluster`, () => {
        const path = join(tutorialFolder(lab!), file)
        // One object of it says its namespace.
        const namespace = file.startsWith('02') ? 'default' : 'shop'
        const { code, error } = run(['apply', '-n', namespace, ...mode, '-f', path])
        if (isAccepted) {
          expect(code, error).toBe(0)
          return
        }
        expect(code).not.toBe(0)
        if (file.startsWith('06'))
          expect(error).toContain(
            'no matches for kind "IstioOperator" in version "install.istio.io/v1alpha1"',
          )
        else {
          expect(error).toContain('Deployment.apps "frontend" is invalid:')
          expect(error).toContain('spec.selector: Required value')
          expect(error).toMatch(/`selector` does not match template `labels`/)
        }
      })

  test('again changes nothing', () => {
    const path = join(tutorialFolder(lab!), '03-circuit-breaking.yaml')
    kubectl('apply', '-n', 'shop', '-f', path)
    expect(kubectl('apply', '-n', 'shop', '-f', path)).toContain(
      'destinationrule.networking.istio.io/api unchanged',
    )
  })

  test('an unknown field is refused by its path', () => {
    const { code, error } = apply(
      'apiVersion: v1\nkind: Service\nmetadata: {name: wrong}\nspec: {ports: [{port: 80}], selectors: {a: b}}\n',
    )
    expect(code).not.toBe(0)
    expect(error).toContain('unknown field "spec.selectors"')
  })

  test('a wrong value is refused', () => {
    expect(
      apply(
        'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: wrong}\nspec: {hosts: [a], http: [{route: [{destination: {host: a}, weight: heavy}]}]}\n',
      ).error,
    ).toContain('spec.http[0].route[0].weight')
  })

  test('into a namespace that is not there is refused', () => {
    expect(refused(['create', 'configmap', 'x', '-n', 'nowhere'])).toContain('namespaces "nowhere" not found')
  })

  test('--dry-run=server stores nothing', () => {
    expect(kubectl('create', 'configmap', 'dry', '--dry-run=server')).toContain(
      'configmap/dry created (server dry run)',
    )
    expect(refused(['get', 'configmap', 'dry'])).toContain('configmaps "dry" not found')
  })
})

test('server-side apply keeps owners and answers conflicts', () => {
  const object = (weights: string): string =>
    `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: owned}\nspec: {host: ${weights}}\n`
  expect(apply(object('a'), '--server-side', '--field-manager=one').code).toBe(0)
  const conflict = apply(object('b'), '--server-side', '--field-manager=two')
  expect(conflict.code).not.toBe(0)
  expect(conflict.error).toContain('Apply failed with 1 conflict: conflict with "one": .spec.host')
  expect(apply(object('b'), '--server-side', '--field-manager=two', '--force-conflicts').code).toBe(0)
  const owners = kubectl(
    'get',
    'dr',
    'owned',
    '--show-managed-fields',
    '-o',
    'jsonpath={.metadata.managedFields[*].manager}',
  )
  expect(owners).toBe('two')
  kubectl('delete', 'dr', 'owned')
})

test('diff shows what an apply would change', () => {
  kubectl('apply', '-f', join(tutorialFolder(lab!), '01-canary.yaml'))
  const text = readFileSync(join(tutorialFolder(lab!), '01-canary.yaml'), 'utf8')
  const { code, out } = run(['diff', '-f', '-'], { input: text.replace('weight: 90', 'weight: 80') })
  expect(code).toBe(1)
  expect(out).toMatch(/^-\s+weight: 90$/m)
  expect(out).toMatch(/^\+\s+weight: 80$/m)
  expect(run(['diff', '-f', '-'], { input: text }).code).toBe(0)
})

test.describe('changes', () => {
  test.beforeAll(() => {
    kubectl('create', 'deployment', 'web', '--image=web:v1', '--port=80', '--replicas=2')
    kubectl('expose', 'deployment', 'web', '--port=80')
    kubectl('rollout', 'status', 'deployment/web', '--timeout=30s')
  })

  for (const { kind, patch } of [
    {
      kind: 'strategic',
      patch: '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"web:v2"}]}}}}',
    },
    { kind: 'merge', patch: '{"metadata":{"labels":{"patched":"merge"}}}' },
    { kind: 'json', patch: '[{"op":"add","path":"/metadata/labels/patched","value":"json"}]' },
  ])
    test(`patch --type=${kind}`, () => {
      expect(kubectl('patch', 'deployment', 'web', `--type=${kind}`, '-p', patch)).toContain(
        'deployment.apps/web patched',
      )
      const got = kubectl(
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.metadata.labels.patched} {.spec.template.spec.containers[*].image}',
      )
      expect(got).toBe({ strategic: ' web:v2', merge: 'merge web:v2', json: 'json web:v2' }[kind])
    })

  test('edit', () => {
    const editor = join(playground.folder, 'editor.sh')
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/patched: json/patched: edited/" "$1"\n')
    chmodSync(editor, 0o755)
    const { code, out, error } = run(['edit', 'deployment', 'web'], { more: { EDITOR: editor } })
    expect(code, error).toBe(0)
    expect(out).toContain('deployment.apps/web edited')
    expect(kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.metadata.labels.patched}')).toBe('edited')
  })

  test('label and annotate', () => {
    expect(kubectl('label', 'deployment', 'web', 'tier=front')).toContain('labeled')
    expect(kubectl('annotate', 'deployment', 'web', 'note=mine')).toContain('annotated')
    expect(
      kubectl(
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.metadata.labels.tier} {.metadata.annotations.note}',
      ),
    ).toBe('front mine')
    kubectl('label', 'deployment', 'web', 'tier-')
    expect(kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.metadata.labels.tier}')).toBe('')
  })

  test('scale and wait', () => {
    expect(kubectl('scale', 'deployment', 'web', '--replicas=3')).toContain('deployment.apps/web scaled')
    kubectl('wait', '--for=jsonpath={.status.readyReplicas}=3', 'deployment/web', '--timeout=30s')
    kubectl('rollout', 'status', 'deployment/web', '--timeout=30s')
    expect(kubectl('get', 'pods', '-l', 'app=web', '-o', 'name').trim().split('\n')).toHaveLength(3)
  })

  test('rollout restart makes new pods, and status waits for them', () => {
    const before = kubectl('get', 'pods', '-l', 'app=web', '-o', 'name').trim().split('\n')
    expect(kubectl('rollout', 'restart', 'deployment/web')).toContain('deployment.apps/web restarted')
    expect(kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain(
      'successfully rolled out',
    )
    const after = kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')
    for (const name of before) expect(after).not.toContain(name)
  })

  test('a deleted pod is replaced', () => {
    const wanted = kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}')
    const pod = podOf('web')
    kubectl('delete', 'pod', pod)
    expect(refused(['get', 'pod', pod])).toContain(`pods "${pod}" not found`)
    kubectl('wait', `--for=jsonpath={.status.readyReplicas}=${wanted}`, 'deployment/web', '--timeout=30s')
  })

  test('delete takes what the object owned', () => {
    expect(kubectl('delete', 'deployment,service', 'web')).toContain('deployment.apps "web" deleted')
    kubectl('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=30s')
    expect(kubectl('get', 'pods,replicasets', '-l', 'app=web', '-o', 'name')).toBe('')
  })

  test('delete --cascade=orphan leaves it, --cascade=foreground waits for it', () => {
    kubectl('create', 'deployment', 'left', '--image=left:v1')
    kubectl('rollout', 'status', 'deployment/left', '--timeout=30s')
    kubectl('delete', 'deployment', 'left', '--cascade=orphan')
    const set = kubectl('get', 'replicasets', '-l', 'app=left', '-o', 'name').trim()
    expect(set).toContain('replicaset.apps/left-')
    kubectl('delete', set, '--cascade=foreground')
    expect(kubectl('get', 'pods', '-l', 'app=left', '-o', 'name')).toBe('')
  })

  test('a namespace goes with what is in it', () => {
    kubectl('create', 'namespace', 'short')
    kubectl('create', 'deployment', 'web', '--image=web:v1', '-n', 'short')
    kubectl('delete', 'namespace', 'short', '--timeout=30s')
    expect(refused(['get', 'namespace', 'short'])).toContain('namespaces "short" not found')
    expect(kubectl('get', 'pods', '-A', '--field-selector=metadata.namespace=short', '-o', 'name')).toBe('')
  })

  test('a CRD of the user is served at once and goes with its objects', () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'lamps.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'lamps', singular: 'lamp', kind: 'Lamp', shortNames: ['lp'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', properties: { watts: { type: 'integer', maximum: 100 } } },
                },
              },
            },
            additionalPrinterColumns: [{ name: 'Watts', type: 'integer', jsonPath: '.spec.watts' }],
          },
        ],
      },
    }
    expect(apply(JSON.stringify(crd)).code).toBe(0)
    kubectl('wait', '--for=condition=established', 'crd/lamps.example.com', '--timeout=10s')
    const lamp = (watts: number): string =>
      `apiVersion: example.com/v1\nkind: Lamp\nmetadata: {name: desk}\nspec: {watts: ${String(watts)}}\n`
    expect(apply(lamp(40)).code).toBe(0)
    expect(apply(lamp(400)).error).toContain('spec.watts: Invalid value: 400')
    expect(kubectl('get', 'lp')).toMatch(/^NAME\s+WATTS\ndesk\s+40/)
    kubectl('delete', 'crd', 'lamps.example.com')
    // By whether kubectl still remembers the type.
    expect(refused(['get', 'lamps'])).toMatch(
      /could not find the requested resource|have a resource type "lamps"/,
    )
  })
})

test('logs, also followed', async () => {
  const pod = podOf('myapp')
  expect(kubectl('logs', pod, '-c', 'istio-proxy', '--tail=3').trim().split('\n')).toHaveLength(3)
  const { child, output } = follow('logs', '-f', pod, '-c', 'istio-proxy', '--tail=1')
  try {
    await expect.poll(() => output().split('\n').length, { timeout: 180_000 }).toBeGreaterThan(3)
  } finally {
    child.kill()
  }
})

test('get --raw through the proxies of a pod and of a service', () => {
  const pod = podOf('myapp')
  expect(
    kubectl('get', '--raw', `/api/v1/namespaces/default/pods/${pod}:15090/proxy/stats/prometheus`),
  ).toContain('istio_requests_total')
  const services = kubectl(
    'get',
    '--raw',
    '/api/v1/namespaces/istio-system/services/tracing:80/proxy/api/services',
  )
  expect(JSON.parse(services)).toHaveProperty('data')
})

for (const { name, more } of [
  { name: 'a WebSocket', more: {} },
  { name: 'SPDY', more: { KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' } },
])
  test(`port-forward over ${name}`, async () => {
    const before = env
    env = { ...env, ...more }
    const { child, output } = follow('port-forward', `pod/${podOf('myapp')}`, ':15090')
    env = before
    try {
      await expect.poll(output).toContain('Forwarding from 127.0.0.1:')
      const port = /127\.0\.0\.1:(\d+)/.exec(output())?.[1] ?? ''
      for (let round = 0; round < 3; round++) {
        const body = await new Promise<string>((resolve, reject) => {
          getHttp(`http://127.0.0.1:${port}/stats/prometheus`, { agent: false }, response => {
            let text = ''
            response.on('data', (chunk: Buffer) => (text += chunk.toString()))
            response.on('end', () => resolve(text))
          }).on('error', reject)
        })
        expect(body).toContain('istio_requests_total')
      }
    } finally {
      child.kill()
    }
  })

test('auth can-i and whoami', () => {
  expect(kubectl('auth', 'can-i', 'delete', 'virtualservices').trim()).toBe('yes')
  expect(kubectl('auth', 'whoami')).toContain('playground')
})

test.describe('refusals', () => {
  const status = ({ body }: Raw): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>

  test('a wrong token gets 401', async () => {
    const answer = await raw('/api/v1/namespaces', { token: 'wrong' })
    expect(answer.status).toBe(401)
    expect(status(answer)).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 })
    expect(refused(['get', 'pods', '--token=wrong'])).toContain('You must be logged in to the server')
  })

  test('a stale resourceVersion gets 410, of a list as the answer, of a watch as its first event', async () => {
    const list = await raw('/api/v1/pods?resourceVersion=1&resourceVersionMatch=Exact')
    expect(list.status).toBe(410)
    expect(status(list)).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 })
    const watch = await raw('/api/v1/pods?watch=true&resourceVersion=1')
    expect(watch.status).toBe(200)
    expect(JSON.parse(watch.body)).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410 } })
  })

  test('bad JSON gets 400 with a Status', async () => {
    const answer = await raw('/api/v1/namespaces/default/configmaps', { method: 'POST', body: '{"kind": ' })
    expect(answer.status).toBe(400)
    expect(status(answer)).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      reason: 'BadRequest',
      code: 400,
    })
  })

  for (const { name, path, code } of [
    { name: 'an unknown path', path: '/nowhere', code: 404 },
    { name: 'an unknown resource', path: '/api/v1/wheels', code: 404 },
    { name: 'an unknown object', path: '/api/v1/namespaces/default/pods/none', code: 404 },
  ])
    test(`${name} gets ${String(code)} with a Status`, async () => {
      const answer = await raw(path)
      expect(answer.status).toBe(code)
      expect(status(answer)).toMatchObject({ kind: 'Status', code })
    })

  test('a body of an unknown form gets 415, one that is too large 413', async () => {
    const path = '/api/v1/namespaces/default/configmaps'
    expect((await raw(path, { method: 'POST', body: 'x', contentType: 'text/plain' })).status).toBe(415)
    const large = JSON.stringify({ data: { a: 'x'.repeat(3 * 1024 * 1024) } })
    expect((await raw(path, { method: 'POST', body: large })).status).toBe(413)
  })

  test('an update of an old version gets 409', () => {
    const object = kubectl('get', 'vs', 'myapp', '-o', 'json')
    kubectl('annotate', 'vs', 'myapp', 'touched=yes')
    expect(refused(['replace', '-f', '-'], object)).toContain('the object has been modified')
  })
})
