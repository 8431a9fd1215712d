import { statSync } from 'node:fs';
import { dropPromise, type FileOps } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import type { ServedFops } from './mount-services.ts';

/**
 * Opens files but those that say who may log in, whatever name or link leads to them: they are nobody's to read.
 *
 * @param logins the paths of those files
 */
export function guardLogins(fops: ServedFops, logins: readonly string[]): ServedFops {
  const open: FileOps['open'] = (path, virtualPath, flags, done) => {
    return fops.open(path, virtualPath, flags, (opened) => {
      const named = path + virtualPath;
      if (!('fops' in opened) || opened.virtual || !isLogin(logins, named, opened.length)) {
        done(opened);
        return;
      }
      dropPromise(opened.fops.close(opened));
      done(mountErrors.LWS_ERR_MOUNT_LOGIN_SECRET);
    });
  };
  return fops.list === undefined ? { open } : { open, list: fops.list.bind(fops) };
}

function isLogin(logins: readonly string[], path: string, length: number): boolean {
  return logins.some((login) => isFile(login, path, length));
}

/** Whether both are names of one file. @param length of `path` */
function isFile(login: string, path: string, length: number): boolean {
  try {
    const one = statSync(login, { bigint: true });
    if (one.size !== BigInt(length)) return false;
    const other = statSync(path, { bigint: true });
    return one.ino === other.ino && one.dev === other.dev;
  } catch {
    return false;
  }
}
