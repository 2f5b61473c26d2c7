#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { toProblem } from '../domain/problem.ts'
import { playground } from './playground.ts'
import { serve } from './serve.ts'
import { setup } from './setup.ts'
import { simulate } from './simulate.ts'
import { test } from './test.ts'
import { versions } from './versions.ts'
import type { Command } from './command.ts'

/** Every command, in the order that help shows. Adding one is a file and a line here. */
const COMMANDS: readonly Command[] = [serve, playground, simulate, test, setup, versions]

const help = (): string =>
  [
    'Mesh Workbench: see the traffic of a service mesh, change its routing, take it back.',
    '',
    'Usage: mesh-workbench COMMAND [options]',
    '',
    ...COMMANDS.map(({ usage, summary }) => `  ${usage.padEnd(62)} ${summary}`),
    '',
    'COMMAND --help says more.',
  ].join('\n')

async function run(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(help())
    return name === undefined ? 2 : 0
  }
  const command = COMMANDS.find(each => each.name === name)
  if (!command) {
    console.error(`mesh-workbench: there is no command "${name}"; --help lists them`)
    return 2
  }
  let given: { values: Record<string, unknown>; positionals: readonly string[] }
  try {
    given = parseArgs({
      args: rest,
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: command.takesPaths === true,
    })
  } catch (error) {
    console.error(`mesh-workbench ${name}: ${error instanceof Error ? error.message : String(error)}`)
    return 2
  }
  if (given.values['help'] === true) {
    console.log(
      [`Usage: mesh-workbench ${command.usage}`, '', command.summary, '', ...command.details].join('\n'),
    )
    return 0
  }
  return await command.run(given.values, given.positionals)
}

// `| head` closes the pipe when it has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  const { message, hint } = toProblem(error)
  console.error(`mesh-workbench: ${[message, hint].filter(Boolean).join('. ')}`)
  process.exitCode = 2
}
