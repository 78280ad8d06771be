// `npm run demo`: a real data set through the real command into a cluster, and back; the exit status says whether it is all there.
import { readArguments, usage, type DemoArguments } from './arguments.ts'
import { demo } from './demo.ts'
import { readFlights } from './flights.ts'
import { sender } from './send.ts'
import { stageFor } from './stages.ts'

const say = (line: string): void => console.log(line)

async function main(): Promise<boolean> {
  const given = argumentsOrNull()
  if (given === null) return false
  const flights = readFlights()
  const stage = await stageFor(given, say)
  try {
    const same = await demo(stage, flights, sender(), say)
    say('')
    say(
      same
        ? `${flights.length.toLocaleString('en-US')} records verified: all there, once, in order.`
        : 'NOT the same. See above.'
    )
    if (same) say(next)
    return same
  } finally {
    await stage.stop()
  }
}

function argumentsOrNull(): DemoArguments | null {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return null
  }
}

const next = `
Where to go next
  npm run demo -- --brokers HOST:PORT    the same on your own cluster
  npm run demo -- --kafka                the same on a real Apache Kafka (needs java and mvn)
  README.md                              the ten lines that your program needs
  docs/architecture.md                   how it is built`

let same = false
try {
  same = await main()
} catch (error) {
  say(`The demo could not go on: ${error instanceof Error ? error.message : String(error)}`)
}
process.exitCode = same ? 0 : 1
