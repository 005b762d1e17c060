/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = 'bd9eb28a1b47524181dbc19814690d1e1d684248158d5d7d3c029a12b40fd724'
