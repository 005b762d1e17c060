/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = 'be3e5d3cba195521b69d8661c7f07e2672f0579db58f826547bda4d8ea53a68c'
