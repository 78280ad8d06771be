// How this client names itself to brokers.

/** Letters, digits, dots and dashes: brokers refuse anything else (KIP-511). */
export const clientSoftware = { clientSoftwareName: 'sluice', clientSoftwareVersion: '0.0.0' } as const
