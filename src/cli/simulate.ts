import { ProblemError } from '../domain/problem.ts'
import { decideSimulated } from '../domain/simulation/decide-simulated.ts'
import { recordDecision } from '../domain/simulation/decision-record.ts'
import { describeDecision } from '../domain/simulation/describe-decision.ts'
import type { Command } from './command.ts'
import { STANDARD_INPUT } from './find-files.ts'
import { MESH_OPTIONS, MESH_OPTIONS_HELP, readMeshOptions } from './mesh-options.ts'
import { readNamespace } from './namespace-option.ts'
import { readOutput } from './output-option.ts'
import { problemOfFiles } from './file-problem.ts'
import { readManifests } from './read-manifests.ts'
import { readRequests } from './read-requests.ts'
import { simulateFiles } from './simulate-files.ts'

export const simulate: Command = {
  name: 'simulate',
  usage: 'simulate PATH… --requests FILE.jsonl [-o text|jsonl] [--mesh-config FILE] [--cluster-domain NAME]',
  summary: 'Says where requests go, and why, by the files alone.',
  details: [
    '  PATH…                     files and folders with manifests (*.yaml, *.yml, *.json); - reads standard input',
    '  --requests FILE           the requests, one a line as JSON; - reads standard input',
    '  -o text|jsonl             text for people (the default), or one decision a line as JSON',
    '  --namespace NS            where objects and callers without a namespace are (default)',
    ...MESH_OPTIONS_HELP,
    '',
    'A request: {"id": "1", "from": {"namespace": "default", "labels": {"app": "frontend"}, "serviceAccount": "frontend"},',
    '            "url": "http://api:80/orders?x=1", "method": "GET", "headers": {"user-type": "beta"}}',
    'Through a gateway, "from" is {"gateway": "default/app-gateway"}, or the labels and the namespace of its proxy.',
    'A caller without a sidecar has "proxy": false in "from". "protocol": "tcp" is a connection without HTTP: its "url" is',
    'tcp://redis:6379, and it has no method, headers or path.',
    '"host" overrides the Host header, "sni" the TLS name; "tls" is none, simple, mutual or istio.',
    '',
    'The settings of the mesh come from --mesh-config, else from the ConfigMap istio or an IstioOperator among the files,',
    'else they are Istio’s defaults: "assumed" names those that an answer hangs on. "responseHeaders" are what rules change',
    'in the headers of the answer.',
    '',
    'Files of other programs, such as values of Helm, are named on standard error and passed over.',
    '',
    'What is wrong in the files is on standard error, one error or warning a line with its place and code.',
    '',
    'What Istio would refuse is in none of the decisions: each line of jsonl names it in "refused".',
    '',
    'Exit code 0 where all went well, 2 where something cannot be read or a cluster would refuse an object.',
  ],
  options: {
    requests: { type: 'string' },
    output: { type: 'string', short: 'o' },
    namespace: { type: 'string', short: 'n' },
    ...MESH_OPTIONS,
  },
  takesPaths: true,
  async run(values, paths) {
    const output = readOutput(values['output'], ['text', 'jsonl'])
    const namespace = readNamespace(values['namespace'])
    const requestFile = values['requests']
    if (typeof requestFile !== 'string')
      throw new ProblemError({
        code: 'bad-input',
        message: 'simulate needs --requests FILE.jsonl',
        hint: 'simulate --help shows what a request looks like',
      })
    if (requestFile === STANDARD_INPUT && paths.includes(STANDARD_INPUT))
      throw new ProblemError({
        code: 'bad-input',
        message: 'standard input holds either the manifests or the requests, not both',
      })
    const manifests = await readManifests(paths, namespace)
    const {
      simulated,
      refused,
      notes: fileNotes,
      findings,
    } = simulateFiles(manifests, namespace, await readMeshOptions(values))
    const { requests, notes } = await readRequests(requestFile, simulated)
    for (const note of [...fileNotes, ...findings, ...notes]) console.error(`mesh-workbench: ${note}`)
    for (const { id, request } of requests) {
      const decision = decideSimulated(simulated, request)
      console.log(
        output === 'jsonl'
          ? JSON.stringify({ ...recordDecision(id, decision), ...(refused.length === 0 ? {} : { refused }) })
          : `${describeDecision(id, request, decision).join('\n')}\n`,
      )
    }
    // The decisions are those of a cluster that refused the object: each line says so, and so does the exit code.
    if (refused.length > 0) throw problemOfFiles(refused)
    return 0
  },
}
