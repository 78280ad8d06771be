// The stage without a Kafka: a null broker for each cell.
import { startNullBroker, type NullBrokerProgram } from './null-broker.ts'
import type { Stage } from './stage.ts'

export function nullStage(program: NullBrokerProgram): Stage {
  return {
    kind: 'null-broker',
    name: 'the null broker',
    certificate: program.tls?.certificate ?? null,
    open: async (cell, pin) => {
      if (cell.tls && program.tls === null) return 'the null broker was built without TLS'
      return startNullBroker(program, cell, pin)
    },
    stop: () => Promise.resolve()
  }
}
