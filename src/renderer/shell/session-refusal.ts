import type { CodeRefusal } from '../../shared/web-shell.ts'

/** Why there is no session: what was wrong with the code of the address, or that there was none. */
export type SessionRefusal = CodeRefusal | 'none' | 'ended'

const TITLES: Readonly<Record<SessionRefusal, string>> = {
  used: 'This address was already used',
  expired: 'This address has expired',
  unknown: 'This address is not valid',
  'too-many': 'Too many invalid addresses',
  none: 'This tab has no session',
  ended: 'This session has ended',
}
const REASONS: Readonly<Record<SessionRefusal, string>> = {
  used: 'An address of Mesh Workbench works once.',
  expired: 'An address of Mesh Workbench works for 15 minutes.',
  unknown: 'It is of another run of Mesh Workbench, or incomplete.',
  'too-many': 'Wait a minute, then use a new one.',
  none: 'Mesh Workbench opens with a one-time address.',
  ended: 'Mesh Workbench was restarted.',
}

/** A title, and the reason with the way to a new address. */
export const describeRefusal = (refusal: SessionRefusal): { title: string; text: string } => ({
  title: TITLES[refusal],
  text: `${REASONS[refusal]} To get a new address, press Enter in the terminal where “mesh-workbench serve” runs, or run “Open another tab” in a tab that still works.`,
})
