/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = '46b4bf52fb7a411778566a3607ed2b60c972b9c05ef4f0e490d958ad7bbdab7c'
