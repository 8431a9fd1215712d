import type { Clock, FileOps, HttpResponder } from '@lws-ts/interface';
import type { AbsentSiblings } from './absent-siblings.ts';
import type { CgiScripts } from './cgi/cgi-scripts.ts';
import type { CodingChooser } from './content-coding.ts';
import type { FileCache } from './file-cache.ts';
import type { LargeFiles } from './large-files.ts';
import type { LoginAttempts } from './login-attempts.ts';
import type { PiecePool } from './piece-pool.ts';
import type { Upstreams } from './proxy/upstreams.ts';

/** What of the file operations a mount begins with. */
export type ServedFops = Pick<FileOps, 'open' | 'list'>;

/** What the mounts of one context share. */
export interface MountServices {
  readonly fops: ServedFops;
  readonly clock: Clock;
  readonly cache: FileCache;
  readonly codings: CodingChooser;
  readonly absent: AbsentSiblings;
  readonly logins: LoginAttempts;
  readonly pieces: PiecePool;
  readonly large: LargeFiles;
  readonly upstreams: Upstreams;
  readonly scripts: CgiScripts;
  /** All of the context, complete once it is made. */
  readonly responders: readonly HttpResponder[];
}
