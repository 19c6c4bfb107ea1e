// node:http without what nobody here uses of it: an import statement evaluates every export of the module, and the one named
// WebSocket then loads the whole of undici, which takes longer than all of our own HTTP code.

export const http = process.getBuiltinModule('node:http');
