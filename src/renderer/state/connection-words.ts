import type { ConnectionState } from '../../shared/contract/contexts.ts'

export interface ConnectionWords {
  readonly text: string
  readonly tone: 'good' | 'warning' | 'bad' | 'plain'
}

/** A connection's state in a word or two, with the tone of its dot. */
export function connectionWords(state: ConnectionState): ConnectionWords {
  switch (state.kind) {
    case 'idle':
      return { text: 'not connected', tone: 'plain' }
    case 'connecting':
      return { text: 'connecting', tone: 'plain' }
    case 'live':
      return { text: 'live', tone: 'good' }
    case 'unreachable':
      return { text: `unreachable: ${state.problem.message}`, tone: 'bad' }
    case 'unauthorized':
      return { text: `not signed in: ${state.problem.message}`, tone: 'bad' }
    case 'restricted':
      return { text: 'asks before running a command', tone: 'warning' }
  }
}
