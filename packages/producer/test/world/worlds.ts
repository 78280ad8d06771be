// The worlds: what goes wrong in each, and how often.
import type { Faults } from './faults.ts'
import type { Identity } from '../../src/profile.ts'

export interface WorldKind {
  readonly faults: Partial<Faults>
  /** Nothing in it is a reason to fail before the deadline, but for records that are refused for good. */
  readonly isPatient?: true
}

const pair = (producerId: bigint, producerEpoch: number): Identity => ({ producerId, producerEpoch })
const lastEpochs = [pair(99n, 32_766), pair(98n, 32_767), pair(97n, 32_765)]
const oneId = [pair(99n, 4), pair(99n, 5), pair(99n, 6)]

const weather: Partial<Faults> = { cut: 0.03, unsent: 0.3 }
const refused: Partial<Faults> = { invalid: 0.05, abort: 0.03 }
const hurry: Partial<Faults> = { shortDeadline: 0.2, jump: 0.1 }
const strangers: Partial<Faults> = {
  ...weather,
  cut: 0.02,
  move: 0.03,
  crash: 0.01,
  snapshot: 0.03,
  renew: 0.02,
  retain: 0.03,
  invalid: 0.1,
  abort: 0.03,
  unknownError: 0.02,
  late: 0.02
}
/** One that is refused for good between others that are lost, behind brokers that know nobody. */
const gaps: Partial<Faults> = {
  renewLeader: 0.03,
  cut: 0.04,
  unsent: 0.4,
  invalid: 0.2,
  abort: 0.05,
  unknownError: 0.03,
  late: 0.03,
  refuse: 0.03,
  tooLarge: 0.05,
  slowRemake: 0.3,
  jump: 0.05
}
const ownIdentities: Partial<Faults> = { plain: 0.1, given: 0.1 }
const changes: Partial<Faults> = { ...weather, ...refused, move: 0.02, jump: 0.1, shortDeadline: 0.1, ...ownIdentities }
const epochs: Partial<Faults> = {
  ...weather,
  ...refused,
  pairs: lastEpochs,
  given: 0.5,
  plain: 0.1,
  cut: 0.05,
  move: 0.02,
  jump: 0.15,
  shortDeadline: 0.3,
  slowIdentity: 0.3
}
const dense: Partial<Faults> = {
  cut: 0.06,
  unsent: 0.5,
  crash: 0.02,
  move: 0.04,
  snapshot: 0.1,
  shrink: 0.03,
  invalid: 0.15,
  tooLarge: 0.1,
  compressed: 0.1,
  slowRemake: 0.5,
  abort: 0.08,
  unknownError: 0.06,
  late: 0.06,
  refuse: 0.08,
  storageError: 0.03,
  jump: 0.15,
  shortDeadline: 0.25
}
const all: Partial<Faults> = {
  ...hurry,
  ...ownIdentities,
  cut: 0.02,
  unsent: 0.3,
  move: 0.02,
  crash: 0.01,
  snapshot: 0.03,
  shrink: 0.02,
  renew: 0.01,
  retain: 0.02,
  invalid: 0.05,
  tooLarge: 0.05,
  compressed: 0.05,
  slowRemake: 0.3,
  abort: 0.02,
  slowIdentity: 0.3,
  duplicateCode: 0.1,
  unknownError: 0.02,
  late: 0.02,
  refuse: 0.02,
  storageError: 0.02
}
const losses: Partial<Faults> = { unclean: 0.02, invalid: 0.05, abort: 0.02, given: 0.1 }

export const worlds: Readonly<Record<string, WorldKind>> = {
  calm: { faults: {}, isPatient: true },
  cuts: { faults: weather, isPatient: true },
  moves: { faults: { cut: 0.01, move: 0.03 }, isPatient: true },
  crashes: { faults: { crash: 0.02, snapshot: 0.05, move: 0.01 }, isPatient: true },
  errors: {
    faults: { ...weather, cut: 0.02, late: 0.1, refuse: 0.1, unknownError: 0.1, storageError: 0.03 },
    isPatient: true
  },
  rejects: { faults: { ...weather, invalid: 0.1, tooLarge: 0.1, compressed: 0.1, slowRemake: 0.3, abort: 0.02 } },
  'rejects-and-crashes': {
    faults: {
      cut: 0.02,
      unsent: 0.3,
      crash: 0.015,
      move: 0.015,
      snapshot: 0.05,
      invalid: 0.1,
      tooLarge: 0.05,
      abort: 0.03,
      unknownError: 0.03,
      late: 0.03,
      refuse: 0.03
    }
  },
  deadlines: {
    faults: {
      ...weather,
      ...refused,
      shortDeadline: 0.3,
      jump: 0.1,
      crash: 0.01,
      move: 0.02,
      snapshot: 0.03,
      late: 0.03
    }
  },
  // Few faults, and so more of what only they bring: one is given up, and those around it may still be written.
  'deadlines-and-cuts': { faults: { cut: 0.07, shortDeadline: 0.4 } },
  'retries-and-cuts': { faults: { cut: 0.05, retries: 1 } },
  'rejects-and-retries': { faults: { invalid: 0.25, cut: 0.06, retries: 1 } },
  'rejects-and-restarts': { faults: { invalid: 0.25, cut: 0.06, crash: 0.02, snapshot: 0.1 } },
  identities: {
    faults: {
      ...weather,
      ...hurry,
      cut: 0.02,
      move: 0.02,
      crash: 0.01,
      snapshot: 0.03,
      given: 0.3,
      plain: 0.2,
      invalid: 0.05,
      slowIdentity: 0.3,
      duplicateCode: 0.1
    }
  },
  'one-id': {
    faults: { pairs: oneId, given: 0.5, cut: 0.05, unsent: 0.3, jump: 0.15, shortDeadline: 0.3 },
    isPatient: true
  },
  plain: {
    faults: {
      ...weather,
      ...refused,
      ...hurry,
      plain: 1,
      move: 0.02,
      crash: 0.01,
      unknownError: 0.03,
      late: 0.03,
      refuse: 0.05,
      tooLarge: 0.05
    }
  },
  strangers: { faults: strangers },
  'strangers-out-of-order': { faults: { ...strangers, stranger: 'out of order' } },
  'strangers-unknown': { faults: { ...strangers, stranger: 'unknown' } },
  gaps: { faults: gaps },
  'gaps-in-a-hurry': { faults: { ...gaps, ...hurry } },
  'gaps-and-identities': { faults: { ...gaps, ...hurry, invalid: 0.15, given: 0.15, plain: 0.1 } },
  'gaps-and-moves': { faults: { ...gaps, renewLeader: 0.02, move: 0.02, crash: 0.01, snapshot: 0.03 } },
  'gaps-out-of-order': { faults: { ...gaps, stranger: 'out of order', tooLarge: 0, jump: 0.1, shortDeadline: 0.1 } },
  'gaps-unknown': { faults: { ...gaps, stranger: 'unknown', tooLarge: 0, jump: 0.1, shortDeadline: 0.1 } },
  retries: {
    faults: {
      retries: 2,
      cut: 0.04,
      unsent: 0.4,
      move: 0.02,
      invalid: 0.1,
      abort: 0.05,
      unknownError: 0.05,
      late: 0.05,
      refuse: 0.05,
      jump: 0.1,
      shortDeadline: 0.1
    }
  },
  'last-epochs': { faults: epochs },
  'last-epochs-fail': { faults: { ...epochs, policy: 'fail', recreate: 0.01, given: 0.4, shortDeadline: 0.2 } },
  recreated: { faults: { ...changes, recreate: 0.01 } },
  'recreated-fail': { faults: { ...changes, recreate: 0.01, policy: 'fail' } },
  abandoned: { faults: { ...changes, abandon: 0.01, late: 0.03 } },
  losses: { faults: losses },
  'losses-fail': { faults: { ...losses, policy: 'fail' } },
  'losses-out-of-order': { faults: { ...losses, stranger: 'out of order' } },
  dense: { faults: dense },
  'dense-identities': {
    faults: { ...dense, invalid: 0.1, compressed: 0, given: 0.3, plain: 0.15, slowIdentity: 0.4, abandon: 0.003 }
  },
  'dense-strangers': {
    faults: {
      ...dense,
      renewLeader: 0.03,
      crash: 0.01,
      move: 0.02,
      given: 0.1,
      plain: 0.05,
      jump: 0.1,
      shortDeadline: 0.1
    }
  },
  all: { faults: all },
  'all-fail': {
    faults: {
      ...all,
      policy: 'fail',
      stranger: 'out of order',
      compressed: 0,
      renew: 0.02,
      retain: 0.03,
      storageError: 0,
      shrink: 0,
      slowRemake: 0,
      duplicateCode: 0
    }
  }
}
