/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = 'fe36343109cf8131a4279a90bf505165516ec924a87b047b4c0794236ed49c6d'
