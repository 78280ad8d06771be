// Group A, F11 to F14: answers that are no answers, or not those that were asked for.
import type { Dice } from '../dice.ts'
import type { Claims } from '../oracle/claims.ts'
import type { RunRecord } from '../run-record.ts'
import type { Mode, PlanBody, Scenario } from '../scenario.ts'
import type { Mutation, RuleDeed, StoryEvent } from '../story.ts'
import { allAcked, effectsOf, isolated, lostConnections } from './claims.ts'
import { anyBroker, byTime, cluster, producer, shape, traffic, warmUp } from './traffic.ts'

const http = Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n').toString('hex')
/** An alert of TLS 1.2: fatal, unexpected message. */
const tlsAlert = '15030300020246'
const problems: Readonly<Record<string, string>> = { [http]: 'http', [tlsAlert]: 'plaintext-to-tls' }

const wrongPort: Scenario = {
  id: 'F11',
  group: 'A',
  title: 'the port of a web server or of TLS, or a handshake that stalls',
  plan: (dice, mode) => {
    const hex = dice.pick([http, tlsAlert, ''])
    const deed = hex === '' ? ({ drop: true } as const) : { mutation: { kind: 'replace', hex } as const }
    return {
      cluster: cluster(),
      producer: producer(dice, mode, { deliveryTimeout: 20_000 }),
      // The first connection has had its time by then.
      healAtMs: dice.between(3_000, 6_000),
      events: byTime([
        { atMs: 0, kind: 'rule', api: 'ApiVersions', times: 0, ...deed },
        ...traffic(dice, { calls: dice.between(3, 10), fromMs: 1, overMs: 1_000 })
      ])
    }
  },
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const rule = run.plan.events.find(event => event.kind === 'rule')
    const hex = rule?.kind === 'rule' && rule.mutation?.kind === 'replace' ? rule.mutation.hex : ''
    const failures = lostConnections(run).filter(each => each.atMs < run.healedMs)
    claims.check('specific', failures.length > 0, () => 'No connection failed')
    for (const { error } of failures) {
      const problem = error?.code === 'KAFKA_CONNECTION' && 'problem' in error ? error.problem : undefined
      const fits = hex === '' ? error?.code === 'KAFKA_TIMEOUT' : problem === problems[hex]
      claims.check(
        'specific',
        fits,
        () => `A connection failed with ${error?.code} (${String(problem)}): ${error?.message}`
      )
    }
    const attempts = run.ledger.connectionsOpened.filter(each => each.atMs < run.healedMs).length
    claims.check('specific', attempts <= 60, () => `${attempts} connections were tried in ${run.healedMs} ms`)
  }
}

const wrongAnswer: Scenario = {
  id: 'F12',
  group: 'A',
  title: 'an answer to another request, twice, to none, or left out',
  plan: (dice, mode) =>
    spoiled(
      dice,
      mode,
      dice.pick<RuleDeed>([
        { mutation: { kind: 'correlation', add: dice.pick([1, -1, 1_000]) } },
        { mutation: { kind: 'twice' } },
        { drop: 'skip' }
      ])
    ),
  fired: run => effectsOf(run, 'rule'),
  judge: spoiltConnectionsEnd
}

const garbage: Scenario = {
  id: 'F13',
  group: 'A',
  title: 'lengths, counts and bytes that cannot be',
  plan: (dice, mode) => spoiled(dice, mode, { mutation: mutationOf(dice) }),
  fired: run => effectsOf(run, 'rule'),
  judge: spoiltConnectionsEnd
}

function mutationOf(dice: Dice): Mutation {
  return dice.pick<Mutation>([
    { kind: 'length', value: dice.pick([-1, -2_147_483_648, 2_147_483_647, 1_000_000_000, 0, 3]) },
    { kind: 'truncate', bytes: dice.between(1, 40) },
    // Behind the correlation id stand counts.
    { kind: 'overwrite', at: dice.between(8, 9), hex: dice.pick(['ffffffff07', 'ffffffffffffffff', '7fffffff']) },
    { kind: 'replace', hex: dice.pick(['00', 'deadbeef', 'ffffffffffffffff', '0000000400000000']) }
  ])
}

const tooMuch: Scenario = {
  id: 'F13b',
  group: 'A',
  title: 'bytes behind an answer, which nobody reads',
  plan: (dice, mode) => spoiled(dice, mode, { mutation: { kind: 'trail', bytes: dice.between(1, 40) } }),
  fired: run => effectsOf(run, 'rule'),
  judge: (run, claims) => {
    allAcked(run, claims)
    const lost = lostConnections(run).length
    claims.check('specific', lost === 0, () => `${lost} connections ended`)
  }
}

/** Answers of one broker are spoilt, the others' are not. */
function spoiled(dice: Dice, mode: Mode, deed: RuleDeed): PlanBody {
  const rule: StoryEvent = {
    atMs: 100,
    kind: 'rule',
    api: 'Produce',
    broker: anyBroker(dice),
    skip: dice.between(0, 3),
    times: dice.between(1, 3),
    ...deed
  }
  return {
    cluster: cluster(),
    producer: producer(dice, mode),
    shape: shape(dice),
    events: byTime([
      ...warmUp(),
      ...traffic(dice, { calls: dice.between(10, 40), fromMs: 100, overMs: 400, firstCall: 10 }),
      rule
    ])
  }
}

function spoiltConnectionsEnd(run: RunRecord, claims: Claims): void {
  allAcked(run, claims)
  const struck = effectsOf(run, 'rule')
  const ended = lostConnections(run).length
  claims.check('specific', struck === 0 || ended > 0, () => `${struck} answers were spoilt and no connection was ended`)
  claims.check('specific', ended <= struck * 2, () => `${ended} connections ended for ${struck} spoilt answers`)
  const rule = run.plan.events.find(event => event.kind === 'rule')
  const broker = rule?.kind === 'rule' ? (rule.broker ?? 0) : 0
  // Partition p is led by broker p + 1, and leadership does not move here.
  isolated(run, claims, record => record.partition + 1 !== broker)
}

const wrongPartitions: Scenario = {
  id: 'F14',
  group: 'A',
  title: 'an answer leaves a partition out, has one too many, or one twice',
  plan: (dice, mode) =>
    spoiled(dice, mode, {
      mutation: { kind: dice.pick(['omit-partition', 'extra-partition', 'double-partition'] as const) }
    }),
  fired: run => effectsOf(run, 'rule'),
  judge: allAcked
}

export const garbageScenarios: readonly Scenario[] = [wrongPort, wrongAnswer, garbage, tooMuch, wrongPartitions]
