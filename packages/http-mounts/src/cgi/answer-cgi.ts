import type { HttpAnswer, HttpExchange } from '@lws-ts/interface';
import { answered } from '../answered.ts';
import { mountErrors } from '../errors.ts';
import type { CgiMount } from '../mount.ts';
import type { MountServices } from '../mount-services.ts';
import type { MountTable } from '../mount-table.ts';
import { pathBelow } from '../mounted-path.ts';
import { refuse } from '../refuse.ts';
import { CgiExchange } from './cgi-exchange.ts';

/** Runs the script of the mount for a request. */
export function answerCgi(
  exchange: HttpExchange,
  mount: CgiMount,
  { scripts }: MountServices,
  table: MountTable,
): HttpAnswer {
  if (scripts.full(mount)) {
    refuse(exchange, mountErrors.LWS_ERR_MOUNT_CGI_BUSY, mount.headers);
    return answered;
  }
  const answer = new CgiExchange(exchange, mount, scripts, (path) => translated(path, table));
  answer.start();
  return answer;
}

/** RFC 3875 §4.1.6: what the path would stand for if it were asked for itself. */
function translated(path: string, table: MountTable): string | undefined {
  const mount = table.find(path, 'GET');
  return mount?.kind === 'file' ? mount.root + pathBelow(mount, path) : undefined;
}
