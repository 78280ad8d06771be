// What `--help` says.

const cluster = `  --brokers HOST:PORT,…       where to begin; the other brokers are found from there
  --client-id NAME            (sluice-cli)
  --request-timeout MS        (30000)
  --tls                       encrypt, and trust the machine's certificate authorities
  --tls-ca FILE               trust these instead (PEM)
  --tls-cert FILE, --tls-key FILE   show a certificate of our own
  --tls-server-name NAME      the name in the brokers' certificate, where it is not their host's
  --sasl-mechanism NAME       PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER
  --sasl-username NAME
  --sasl-password-env NAME    the variable that holds the password or token
  --sasl-password-file FILE   the file that holds it
  --sasl-password TEXT        the password itself: others on this machine can read it while the command runs`

const pages: ReadonlyMap<string, string> = new Map([
  [
    'produce',
    `sluice produce --brokers HOST:PORT --topic NAME [options] < lines

Sends standard input, one message per line. A line ends at a newline (\\n), and all before it is sent as it is: a carriage
return of a file with Windows line endings, too. To send such a file without them: sed 's/\\r$//' FILE | sluice produce …

  --topic NAME
  --format raw|json|tab       raw: the line is the value. json: the same, but it must be JSON. tab: key<TAB>value
  --key-field NAME            the field of each JSON line that is its key (means --format json)
  --partition N               all to this partition (default: by key, as Kafka's own clients do)
  --headers NAME=VALUE        on every message; may be given again
  --acks all|leader|none      who must have written a record (all)
  --idempotent, --no-idempotent   exactly one copy, in order (yes, while acks is all)
  --autocreate                ask the cluster to create the topic
  --compression NAME          none, gzip, snappy, lz4 or zstd (none)
  --compression-level N
  --linger MS                 how long a batch waits for company (0)
  --batch-size BYTES          (262144)
  --max-request-size BYTES    the longest line is a little less (1048576)
  --buffer-memory BYTES       what may wait or be in flight (67108864); reading pauses above half of it, or above
                              100,000 lines
  --delivery-timeout MS       from reading a line to giving it up (120000)
  --rejects FILE              emptied, then: what was not acknowledged, as JSON lines: line, outcome, code, error, input
  --quiet                     no progress, no summary
  --json                      the summary as one JSON object on standard output

${cluster}

Exit status: 0 if every record was acknowledged (with --acks none: handed to the network), 1 if one was not or the
cluster could not be reached, 2 for a command line that cannot be right, 130 after an interrupt. The outcome of a
reject is not-persisted (safe to send again) or unknown (it may be in the log).
`
  ],
  [
    'metadata',
    `sluice metadata --brokers HOST:PORT [--topic NAME]… [--json]

Prints brokers, topics and leaders: of all topics, or of those named.

${cluster}
`
  ]
])

export function helpPage(topic: string | null): string {
  const page = topic === null ? undefined : pages.get(topic)
  return (
    page ??
    `sluice: produce to Apache Kafka from a shell

  sluice produce    send standard input, one message per line
  sluice metadata   print brokers, topics and leaders

  sluice COMMAND --help, sluice --version

  sluice produce --brokers localhost:9092 --topic orders --key-field id --compression zstd < events.jsonl
  sluice metadata --brokers localhost:9092
`
  )
}
