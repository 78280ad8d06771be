// What the schema says, for those who check it: the generated text and the plain interpreter.
export { generate } from './generate.ts'
export { decode, defaultValue, encode, type Struct, type Value } from './reference.ts'
