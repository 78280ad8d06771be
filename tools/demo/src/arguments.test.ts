import { describe, expect, it } from 'vitest'
import { readArguments } from './arguments.ts'

describe('the demo’s options', () => {
  it.each([
    [[], { where: 'embedded' }],
    [['--', '--kafka'], { where: 'kafka' }],
    [['--brokers', 'a:1,b:2'], { where: 'brokers', brokers: ['a:1', 'b:2'], topic: null }],
    [['--brokers', 'a:1', '--topic', 't'], { where: 'brokers', brokers: ['a:1'], topic: 't' }]
  ])('understand %j', (argv, expected) => {
    expect(readArguments(argv)).toEqual(expected)
  })

  it.each([
    [['--kafka', '--brokers', 'a'], /exclude each other/],
    [['--topic', 't'], /--topic goes with --brokers/],
    [['--broker', 'a'], /Unknown option/],
    [['a:9092'], /Unexpected argument/]
  ])('refuse %j', (argv, says) => {
    expect(() => readArguments(argv)).toThrow(says)
  })
})
