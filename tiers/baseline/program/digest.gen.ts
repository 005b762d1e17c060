/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = '327e309d0530b69da8423df0206237f40d14de6d750f97e36d433b6ea2f5ff8c'
