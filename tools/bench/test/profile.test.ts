import { expect, it } from 'vitest'
import { hottest } from '../src/profile.ts'

const node = (id: number, functionName: string, url = ''): Parameters<typeof hottest>[0]['nodes'][number] => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 }
})

it('a profile names what the working time was spent in, the same function in two places of the tree once', () => {
  const nodes = [
    node(1, '(idle)'),
    node(2, 'append', 'file:///home/a/packages/producer/dist/admission.js'),
    node(3, 'append', 'file:///home/a/packages/producer/dist/admission.js'),
    node(4, 'writev'),
    node(5, 'post', 'node:inspector')
  ]
  const found = hottest({ nodes, samples: [1, 2, 3, 4, 5], timeDeltas: [1000, 200, 400, 200, 5000] }, 5)
  expect(found).toEqual([
    { name: 'append', place: 'packages/producer/dist/admission.js:10', share: 0.75 },
    { name: 'writev', place: '', share: 0.25 }
  ])
})
