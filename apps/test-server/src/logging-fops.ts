import { FopsBase, lwslInfo } from 'lws-ts';

/** The file operations of the context, with one of them overridden: each open is logged at info. */
export class LoggingFops extends FopsBase {
  override open(
    ...[path, virtualPath, flags, done]: Parameters<FopsBase['open']>
  ): ReturnType<FopsBase['open']> {
    return super.open(path, virtualPath, flags, (opened) => {
      const result = 'fops' in opened ? `${opened.length} bytes` : opened.code;
      lwslInfo(`opening ${path}${virtualPath}: ${result}`);
      done(opened);
    });
  }
}
