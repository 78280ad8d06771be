// What a broker does with a batch: the refusals in their order, the append, and what may go wrong behind it.
import { errorCodes as codes } from '@sluice/protocol'
import type { Cluster } from './cluster.ts'
import type { Dice } from './dice.ts'
import type { Faults } from './faults.ts'
import type { Admission, Replica } from './replica.ts'
import type { Appended, Request, Response } from './requests.ts'

const passing = [
  codes.UNKNOWN_TOPIC_OR_PARTITION,
  codes.LEADER_NOT_AVAILABLE,
  codes.NOT_LEADER_OR_FOLLOWER,
  codes.NETWORK_EXCEPTION,
  codes.NOT_ENOUGH_REPLICAS
]
const strangers = { 'out of order': codes.OUT_OF_ORDER_SEQUENCE_NUMBER, unknown: codes.UNKNOWN_PRODUCER_ID }
/** Of the errors behind the append, those that say where it is. */
const namesOffset: readonly number[] = [codes.REQUEST_TIMED_OUT, codes.NOT_ENOUGH_REPLICAS_AFTER_APPEND]

export interface Temper {
  readonly dice: Dice
  readonly faults: Faults
  /** It is so in calm times, too. */
  readonly stranger: Faults['stranger']
}

interface Place {
  readonly offset: number
  /** Of the log up to it. */
  readonly length: number
  readonly isDuplicate: boolean
}

export function produce(
  cluster: Cluster,
  broker: Replica,
  request: Request,
  temper: Temper & { readonly nowMs: number }
): Response | Appended {
  const respond = (code: number, offset = -1): Response => ({
    request,
    code,
    offset,
    logStartOffset: cluster.logStartOffset
  })
  const refusal = refusalOf(cluster, broker, request, temper)
  if (refusal !== 0) return respond(refusal)
  const place = append(cluster, broker, request, temper.stranger)
  if (typeof place === 'number') return respond(place)
  const { offset, length, isDuplicate } = place
  const fault = faultBehind(temper)
  if (fault !== 0) return respond(fault, namesOffset.includes(fault) ? offset : -1)
  if (length > cluster.highWatermark)
    return { request, offset, length, generation: cluster.generation, sinceMs: temper.nowMs }
  return isDuplicate && temper.dice.happens(temper.faults.duplicateCode)
    ? respond(codes.DUPLICATE_SEQUENCE_NUMBER)
    : respond(0, offset)
}

/** The code of a refusal before the append, or 0. */
function refusalOf(
  cluster: Cluster,
  broker: Replica,
  { batch, generation }: Request,
  { dice, faults }: Temper
): number {
  if (generation !== cluster.generation) return codes.UNKNOWN_TOPIC_ID
  if (cluster.leader !== broker) return codes.NOT_LEADER_OR_FOLLOWER
  if (dice.happens(faults.refuse)) return dice.pick(passing)
  if (!cluster.hasEnoughInSync) return codes.NOT_ENOUGH_REPLICAS
  if (batch.isInvalid) return codes.INVALID_RECORD
  if (batch.isTooLarge) return codes.MESSAGE_TOO_LARGE
  if (batch.compressed && dice.happens(0.5)) return codes.UNSUPPORTED_COMPRESSION_TYPE
  return dice.happens(faults.unknownError / 2) ? codes.UNKNOWN_SERVER_ERROR : 0
}

/** Where it is in the log now, or the code of a refusal. */
function append(cluster: Cluster, broker: Replica, request: Request, stranger: Faults['stranger']): Place | number {
  const admission = broker.admit(request)
  const code = codeOf(admission, stranger)
  if (code !== 0) return code
  const isDuplicate = admission.kind === 'known'
  const { producerId, epoch, sequence, records } = request
  const entry = isDuplicate ? admission.entry : cluster.append({ producerId, epoch, sequence, records })
  return { offset: entry.offset, length: broker.log.indexOf(entry) + 1, isDuplicate }
}

function codeOf({ kind }: Admission, stranger: Faults['stranger']): number {
  if (kind === 'out of order') return codes.OUT_OF_ORDER_SEQUENCE_NUMBER
  if (kind === 'fenced') return codes.INVALID_PRODUCER_EPOCH
  return kind === 'stranger' && stranger !== 'appended' ? strangers[stranger] : 0
}

/** The code of an error although the batch is in the log, or 0. */
function faultBehind({ dice, faults }: Temper): number {
  if (dice.happens(faults.unknownError / 2)) return codes.UNKNOWN_SERVER_ERROR
  if (dice.happens(faults.storageError)) return codes.KAFKA_STORAGE_ERROR
  return dice.happens(faults.late) ? dice.pick(namesOffset) : 0
}
