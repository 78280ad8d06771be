// Loads the peers from their cache folder: they are no dependencies of the workspace.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export function requirePeer(modules: string, name: string): unknown {
  return createRequire(join(modules, 'package.json'))(name)
}

export function importPeer(modules: string, path: string): Promise<unknown> {
  return import(pathToFileURL(join(modules, 'node_modules', path)).href)
}

export function peerVersion(modules: string, name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(modules, 'node_modules', name, 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '?'
}
