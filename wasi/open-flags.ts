/**
 * From a guest's rights and fdflags to the flags of open(2).
 */
import { constants } from 'node:fs'
import { Fdflags, Rights } from './abi.js'

/** Rights that need a host descriptor that is open for writing. */
export const WRITING_RIGHTS = Rights.FdWrite | Rights.FdAllocate | Rights.FdFilestatSetSize
const READING_RIGHTS = Rights.FdRead | Rights.FdReaddir

/** Access mode and status flags for a file with these rights and fdflags. */
export function hostFlags(rights: number, fdflags: number): number {
  const writes = (rights & WRITING_RIGHTS) !== 0
  const reads = (rights & READING_RIGHTS) !== 0
  let flags: number = constants.O_RDONLY
  if (writes) flags = reads ? constants.O_RDWR : constants.O_WRONLY
  if ((fdflags & Fdflags.Append) !== 0) flags |= constants.O_APPEND
  if ((fdflags & Fdflags.Nonblock) !== 0) flags |= constants.O_NONBLOCK
  if ((fdflags & Fdflags.Dsync) !== 0) flags |= constants.O_DSYNC
  if ((fdflags & (Fdflags.Sync | Fdflags.Rsync)) !== 0) flags |= constants.O_SYNC
  return flags
}
