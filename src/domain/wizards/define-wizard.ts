import { toProblem } from '../problem.ts'
import { AnswerReader } from './answer-reader.ts'
import { PlannedTexts } from './planned-texts.ts'
import type { Answers, Wizard, WizardField, WizardWorld } from './wizard.ts'

interface WizardParts<Read> {
  readonly id: string
  readonly title: string
  readonly explains: string
  readonly fields: (world: WizardWorld, answers: Answers) => readonly WizardField[]
  /** Reads the answers; problems go to the reader. */
  readonly read: (reader: AnswerReader) => Read
  /** Writes the texts; called with answers that are in order. */
  readonly write: (read: Read, texts: PlannedTexts) => readonly string[]
}

/** A wizard of a reader of answers and a writer of texts. */
export function defineWizard<Read>({ read, write, ...wizard }: WizardParts<Read>): Wizard {
  return {
    ...wizard,
    plan(answers, world) {
      const reader = new AnswerReader(world, wizard.fields(world, answers), answers)
      const given = read(reader)
      if (reader.problems.length > 0) return reader.problems
      const texts = new PlannedTexts(world)
      try {
        const notes = write(given, texts)
        return { texts: texts.changed(), notes }
      } catch (error) {
        return [toProblem(error)]
      }
    },
  }
}
