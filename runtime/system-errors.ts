/** What the system refuses, in words: for messages that end with the reason why a file or directory cannot be used. */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file of that name is there',
  EFBIG: 'the file would be larger than allowed',
  EIO: 'the device has an error',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or directory',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of its path is not a directory',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}

/** The `code` of a Node error, or ''. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/** @param closer words for codes that say more where the caller stands */
export function reasonOf(error: unknown, closer: Readonly<Record<string, string>> = {}): string {
  const code = codeOf(error)
  return closer[code] ?? REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}
