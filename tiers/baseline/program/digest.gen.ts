/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = '91d6e91f2abb4249de1791010fc2875af4bfa14c4aa5d30547827701313d3e69'
