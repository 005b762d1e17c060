/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = '9b2e3d1bae68293eb28991dd96331463c12df17d1aac6772e4a373dad60d0e8d'
