// ApiVersions: what a broker understands. Always the first request of a connection.
import { bool, int16, int32, int64, list, string, type ApiSchema } from './dsl.ts'

export const apiVersions: ApiSchema = {
  name: 'ApiVersions',
  key: 18,
  versions: [0, 5],
  serverVersions: [0, 5],
  flexibleFrom: 3,
  throttleFrom: 2,
  request: {
    clientSoftwareName: string.since(3).doc('Letters, digits, dots and dashes, the last two not at either end.'),
    clientSoftwareVersion: string.since(3),
    clusterId: string
      .nullable()
      .since(5)
      .default(null)
      .doc('The cluster that is meant, together with the node: another one answers 129 (KIP-1242). Both or neither.'),
    nodeId: int32.since(5).default(-1).doc('-1: none is meant.')
  },
  response: {
    errorCode: int16.doc(
      '35: the broker does not know the version asked with, and this answer has the form of version 0. 129: it is not the node, or not of the cluster, that was meant.'
    ),
    apiKeys: list('Key', {
      apiKey: int16,
      minVersion: int16,
      maxVersion: int16
    }),
    throttleTimeMs: int32.since(1).default(0).doc('Milliseconds.'),
    supportedFeatures: list('SupportedFeature', {
      name: string,
      minVersion: int16,
      maxVersion: int16
    })
      .since(3)
      .tagged(0),
    finalizedFeaturesEpoch: int64
      .since(3)
      .tagged(1)
      .default(-1n)
      .doc('Grows with each change of the finalized features; -1: not known.'),
    finalizedFeatures: list('FinalizedFeature', {
      name: string,
      maxVersionLevel: int16,
      minVersionLevel: int16
    })
      .since(3)
      .tagged(2)
      .doc('What the whole cluster has agreed on, such as transaction.version.'),
    zkMigrationReady: bool.since(3).tagged(3)
  }
}
