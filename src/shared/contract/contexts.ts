import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import { call, stream } from '../rpc/contract.ts'
import { contextSchema, input, nothing } from './input.ts'

/** A command that a kubeconfig's user runs to get credentials (exec plugin), exactly as it would be run. */
export interface CredentialCommand {
  /** The program's absolute path without symbolic links: this one is run, whatever comes to stand earlier on PATH. */
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  /** The kubeconfig's own words, shown as text only. */
  readonly installHint?: string
  /** The address that gets the credentials, as the kubeconfig has it. */
  readonly server: string
  /** What proves that it is that server: `sha256:…` of its authority's certificate, `the system`, or `not verified`. */
  readonly authority: string
  /** Of command, arguments, environment and server; approval is for this and nothing else. */
  readonly fingerprint: string
}

/** Whether we can talk to a cluster, and if not, why. Times are milliseconds since 1970. */
export type ConnectionState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live'; readonly kubernetesVersion: string; readonly since: number }
  | { readonly kind: 'unreachable'; readonly problem: Problem; readonly retryAt: number }
  | { readonly kind: 'unauthorized'; readonly problem: Problem }
  | { readonly kind: 'restricted'; readonly command: CredentialCommand }

export interface ContextSummary {
  readonly name: string
  readonly cluster: string
  readonly server: string
  /** The namespace of the context, `default` where the kubeconfig names none. */
  readonly namespace: string
  readonly user: string
  /** The file that the context was read from. */
  readonly source: string
  /** The kubeconfig's current context. */
  readonly isCurrent: boolean
  /** The built-in simulated cluster. */
  readonly isPlayground: boolean
  readonly connection: ConnectionState
}

export interface ContextsSnapshot {
  readonly contexts: readonly ContextSummary[]
  /** Files that could not be read, contexts that name no cluster. */
  readonly problems: readonly Problem[]
}

/** Something the window wants to do, as a SelfSubjectAccessReview asks it. */
export interface AccessQuestion {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
  readonly group: string
  readonly plural: string
  readonly subresource?: string
  readonly namespace?: string
}

export interface AccessAnswer {
  readonly isAllowed: boolean
  /** Why not, in the server's words or ours. */
  readonly reason: string
}

export const contexts = {
  /** All contexts with their connection states: now, and again at every change on disk or of a connection. */
  watchContexts: stream(nothing).of<ContextsSnapshot>(),
  /** Connects, stays connected (healing by itself) while the stream is read, and reports the state. */
  watchConnection: stream(input(contextSchema)).of<ConnectionState>(),
  /** Allows exactly the command with this fingerprint for the context's user, now and after a restart. */
  approveCommand: call(input(v.object({ context: v.string(), fingerprint: v.string() }))).returns<void>(),
  /** Asks the API server what the user may do; one answer for each question, in order. */
  reviewAccess: call(
    input(
      v.object({
        context: v.string(),
        questions: v.array(
          v.object({
            verb: v.picklist(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
            group: v.string(),
            plural: v.string(),
            subresource: v.exactOptional(v.string()),
            namespace: v.exactOptional(v.string()),
          }),
        ),
      }),
    ),
  ).returns<AccessAnswer[]>(),
  /** Puts the playground back to its first state. */
  resetPlayground: call(nothing).returns<void>(),
}
