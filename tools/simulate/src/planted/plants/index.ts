// Every bug that is planted, by class.
import type { Plant } from '../plant.ts'
import { collateral } from './collateral.ts'
import { duplicates } from './duplicates.ts'
import { losses } from './losses.ts'
import { memory } from './memory.ts'
import { orders } from './orders.ts'
import { stuck } from './stuck.ts'

export const plants: readonly Plant[] = [...duplicates, ...losses, ...orders, ...stuck, ...collateral, ...memory]
