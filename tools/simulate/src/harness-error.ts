/** The simulator itself is at fault: no run tells anything, and least of all that a planted bug was caught. */
export class HarnessError extends Error {}
