import type { MeshService } from '../istio/service.ts'
import type { Problem } from '../problem.ts'
import { findServiceNamed, versionsOf, type Version } from './service-options.ts'
import type { Answer, Answers, PathAnswer, WizardField, WizardWorld } from './wizard.ts'

/** Istio's durations: units down to milliseconds. Source: https://protobuf.dev/reference/protobuf/google.protobuf/#duration */
const duration = /^(?:\d+(?:\.\d+)?(?:h|m|s|ms))+$/

/** Reads the answers of a form, with the fields' defaults, and keeps what is wrong with them. */
export class AnswerReader {
  readonly world: WizardWorld
  readonly problems: Problem[] = []
  readonly #answers: Answers
  readonly #fields: readonly WizardField[]

  constructor(world: WizardWorld, fields: readonly WizardField[], answers: Answers) {
    this.world = world
    this.#fields = fields
    this.#answers = answers
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#miss(name, '')
  }

  optionalText(name: string): string | undefined {
    const answer = this.#answer(name)
    const text = typeof answer === 'number' ? String(answer) : typeof answer === 'string' ? answer.trim() : ''
    return text === '' ? undefined : text
  }

  choice<const Value extends string>(name: string, values: readonly Value[]): Value {
    const text = this.text(name)
    const value = values.find(one => one === text)
    const [first] = values
    if (value !== undefined) return value
    if (text !== '') this.refuse(name, `must be one of ${values.join(', ')}`)
    return first as Value
  }

  /** A whole number within limits. */
  number(name: string, least: number, most: number): number {
    const text = this.optionalText(name)
    if (text === undefined) return this.#miss(name, least)
    const number = Number(text)
    if (Number.isInteger(number) && number >= least && number <= most) return number
    this.refuse(name, `must be a whole number from ${String(least)} to ${String(most)}`)
    return least
  }

  duration(name: string): string {
    const text = this.text(name)
    if (text !== '' && !duration.test(text)) this.refuse(name, 'must be a duration like 500ms, 2s or 1m')
    return text
  }

  service(name: string): MeshService | undefined {
    const text = this.text(name)
    const service = findServiceNamed(this.world.objects, text)
    if (text !== '' && service === undefined) this.refuse(name, `names no Service: ${text}`)
    return service
  }

  version(name: string, service: MeshService | undefined): Version | undefined {
    const text = this.text(name)
    if (service === undefined || text === '') return undefined
    const version = versionsOf(this.world.objects, service).find(one => one.name === text)
    if (version === undefined)
      this.refuse(name, `names no version of ${service.name}: no pods have the label version with ${text}`)
    return version
  }

  paths(name: string): readonly PathAnswer[] {
    const answer = this.#answer(name)
    return typeof answer === 'object' ? answer : this.#miss(name, [])
  }

  /** Says what is wrong with the answer to a field. */
  refuse(name: string, why: string): void {
    this.problems.push({ code: 'bad-input', message: `${this.#labelOf(name)} ${why}`, at: name })
  }

  #answer(name: string): Answer | undefined {
    return this.#answers[name] ?? this.#fields.find(field => field.name === name)?.default
  }

  #labelOf(name: string): string {
    return this.#fields.find(field => field.name === name)?.label ?? name
  }

  #miss<Value>(name: string, value: Value): Value {
    this.refuse(name, 'is missing')
    return value
  }
}
