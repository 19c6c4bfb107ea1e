// The name under which the program speaks of itself.

export const PROGRAM = 'alloydb-auth-proxy';
