// TLS, over a TCP connection or over any duplex stream.
import type { ConnectionOptions } from 'node:tls'
export type TlsOptions = ConnectionOptions
export type TlsOption = TlsOptions | boolean | (() => TlsOptions | boolean)
