import { shallowRef, watch, type ShallowRef } from 'vue'
import { toProblem } from '../../domain/problem.ts'
import type { Api } from '../../shared/contract.ts'
import type { AccessAnswer, AccessQuestion } from '../../shared/contract/contexts.ts'
import { useApi } from './api.ts'
import { connection, context } from './contexts.ts'

/** How long an answer holds: rights may change, but rarely. */
const ANSWER_HOLDS = 60_000

interface Waiting {
  readonly question: AccessQuestion
  readonly resolve: (answer: AccessAnswer) => void
}

const answers = new Map<string, { readonly answer: Promise<AccessAnswer>; readonly until: number }>()
const waiting = new Map<string, Waiting[]>()

/**
 * Whether the user may do something in the chosen context; undefined until the API server has answered.
 * Questions of one moment go to the server together.
 */
export function useAccess(
  question: () => AccessQuestion | undefined,
): Readonly<ShallowRef<AccessAnswer | undefined>> {
  const api = useApi()
  const answer = shallowRef<AccessAnswer>()
  watch(
    [context, () => JSON.stringify(question() ?? null), () => connection.value.kind === 'live'],
    async ([name, text, isLive], _, onCleanup) => {
      const stop = new AbortController()
      onCleanup(() => stop.abort())
      answer.value = undefined
      const asked = JSON.parse(text) as AccessQuestion | null
      if (asked === null || name === '' || !isLive) return
      const found = await ask(api, name, asked)
      if (!stop.signal.aborted) answer.value = found
    },
    { immediate: true },
  )
  return answer
}

function ask(api: Pick<Api, 'reviewAccess'>, name: string, question: AccessQuestion): Promise<AccessAnswer> {
  const key = JSON.stringify([name, question])
  const known = answers.get(key)
  if (known !== undefined && known.until > Date.now()) return known.answer
  const answer = new Promise<AccessAnswer>(resolve => {
    const queue = waiting.get(name)
    if (queue) queue.push({ question, resolve })
    else {
      waiting.set(name, [{ question, resolve }])
      queueMicrotask(() => void send(api, name))
    }
  })
  answers.set(key, { answer, until: Date.now() + ANSWER_HOLDS })
  return answer
}

async function send(api: Pick<Api, 'reviewAccess'>, name: string): Promise<void> {
  const queue = waiting.get(name) ?? []
  waiting.delete(name)
  try {
    const found = await api.reviewAccess({ context: name, questions: queue.map(({ question }) => question) })
    for (const [index, { resolve }] of queue.entries()) {
      resolve(found[index] ?? { isAllowed: false, reason: 'The server gave no answer' })
    }
  } catch (error) {
    // Not known is not forbidden: the API server still decides when the action is taken.
    const reason = `Whether this is allowed could not be asked: ${toProblem(error).message}`
    for (const { question, resolve } of queue) {
      answers.delete(JSON.stringify([name, question]))
      resolve({ isAllowed: true, reason })
    }
  }
}
