/**
 * Numbers and layouts of wasi_snapshot_preview1 (and of its predecessor wasi_unstable where it differs): flags, file
 * types, rights, sizes of the structures that cross the guest's memory. The names are those of the specification.
 */

export const Filetype = {
  Unknown: 0,
  BlockDevice: 1,
  CharacterDevice: 2,
  Directory: 3,
  RegularFile: 4,
  SocketDgram: 5,
  SocketStream: 6,
  SymbolicLink: 7,
} as const

export const Fdflags = { Append: 1, Dsync: 2, Nonblock: 4, Rsync: 8, Sync: 16, all: 31 } as const
export const Oflags = { Creat: 1, Directory: 2, Excl: 4, Trunc: 8, all: 15 } as const
export const Lookupflags = { SymlinkFollow: 1, all: 1 } as const
export const Fstflags = { Atim: 1, AtimNow: 2, Mtim: 4, MtimNow: 8, all: 15 } as const
export const Whence = { Set: 0, Cur: 1, End: 2 } as const
export const Clockid = { Realtime: 0, Monotonic: 1, ProcessCputime: 2, ThreadCputime: 3 } as const
export const Eventtype = { Clock: 0, FdRead: 1, FdWrite: 2 } as const
export const SubclockflagsAbstime = 1
export const EventHangup = 1

/** Rights, one bit each. The 30 of the specification fit a 32-bit integer; the upper half of the u64 is always 0. */
export const Rights = {
  FdDatasync: 1 << 0,
  FdRead: 1 << 1,
  FdSeek: 1 << 2,
  FdFdstatSetFlags: 1 << 3,
  FdSync: 1 << 4,
  FdTell: 1 << 5,
  FdWrite: 1 << 6,
  FdAdvise: 1 << 7,
  FdAllocate: 1 << 8,
  PathCreateDirectory: 1 << 9,
  PathCreateFile: 1 << 10,
  PathLinkSource: 1 << 11,
  PathLinkTarget: 1 << 12,
  PathOpen: 1 << 13,
  FdReaddir: 1 << 14,
  PathReadlink: 1 << 15,
  PathRenameSource: 1 << 16,
  PathRenameTarget: 1 << 17,
  PathFilestatGet: 1 << 18,
  PathFilestatSetSize: 1 << 19,
  PathFilestatSetTimes: 1 << 20,
  FdFilestatGet: 1 << 21,
  FdFilestatSetSize: 1 << 22,
  FdFilestatSetTimes: 1 << 23,
  PathSymlink: 1 << 24,
  PathRemoveDirectory: 1 << 25,
  PathUnlinkFile: 1 << 26,
  PollFdReadwrite: 1 << 27,
  SockShutdown: 1 << 28,
  SockAccept: 1 << 29,
} as const

/** Rights that make sense on a regular file. */
export const FILE_RIGHTS =
  Rights.FdDatasync |
  Rights.FdRead |
  Rights.FdSeek |
  Rights.FdFdstatSetFlags |
  Rights.FdSync |
  Rights.FdTell |
  Rights.FdWrite |
  Rights.FdAdvise |
  Rights.FdAllocate |
  Rights.FdFilestatGet |
  Rights.FdFilestatSetSize |
  Rights.FdFilestatSetTimes |
  Rights.PollFdReadwrite

/** Rights that make sense on a directory. */
export const DIRECTORY_RIGHTS =
  Rights.FdFdstatSetFlags |
  Rights.FdSync |
  Rights.FdAdvise |
  Rights.PathCreateDirectory |
  Rights.PathCreateFile |
  Rights.PathLinkSource |
  Rights.PathLinkTarget |
  Rights.PathOpen |
  Rights.FdReaddir |
  Rights.PathReadlink |
  Rights.PathRenameSource |
  Rights.PathRenameTarget |
  Rights.PathFilestatGet |
  Rights.PathFilestatSetSize |
  Rights.PathFilestatSetTimes |
  Rights.FdFilestatGet |
  Rights.FdFilestatSetTimes |
  Rights.PathSymlink |
  Rights.PathRemoveDirectory |
  Rights.PathUnlinkFile |
  Rights.PollFdReadwrite

/**
 * Rights of a terminal, pipe or redirected standard stream. Neither seek nor tell: that is how wasi-libc's isatty
 * knows a terminal, and the position of a standard stream is shared with other processes.
 */
export const STREAM_RIGHTS =
  Rights.FdRead |
  Rights.FdWrite |
  Rights.FdDatasync |
  Rights.FdSync |
  Rights.FdFdstatSetFlags |
  Rights.FdFilestatGet |
  Rights.PollFdReadwrite |
  Rights.SockShutdown

export const Size = { iovec: 8, fdstat: 24, filestat: 64, dirent: 24, event: 32, prestat: 8 } as const

/** What differs between the two versions of preview 1. */
export interface Version {
  readonly module: 'wasi_snapshot_preview1' | 'wasi_unstable'
  /** Whence values by the guest's number. */
  readonly whence: readonly number[]
  /** True: the link count of `filestat` is a u64 at 24; false: a u32 at 20. */
  readonly filestatNlink64: boolean
  /** Size of `filestat`: its last four u64 are size, atim, mtim, ctim. */
  readonly filestatSize: number
  /** Size of a `subscription` and offsets of its parts. */
  readonly subscriptionSize: number
  readonly subscriptionType: number
  /** Offset of the clock's u32 id and of its u64 timeout. */
  readonly subscriptionClock: number
  readonly subscriptionTimeout: number
  readonly subscriptionClockFlags: number
  readonly subscriptionFd: number
}

export const PREVIEW1: Version = {
  module: 'wasi_snapshot_preview1',
  whence: [Whence.Set, Whence.Cur, Whence.End],
  filestatNlink64: true,
  filestatSize: 64,
  subscriptionSize: 48,
  subscriptionType: 8,
  subscriptionClock: 16,
  subscriptionTimeout: 24,
  subscriptionClockFlags: 40,
  subscriptionFd: 16,
}

export const UNSTABLE: Version = {
  module: 'wasi_unstable',
  whence: [Whence.Cur, Whence.End, Whence.Set],
  filestatNlink64: false,
  filestatSize: 56,
  subscriptionSize: 56,
  subscriptionType: 8,
  subscriptionClock: 24,
  subscriptionTimeout: 32,
  subscriptionClockFlags: 48,
  subscriptionFd: 16,
}
