/**
 * Shows on any web page whether it is connected to its server, by dimming it while it is not:
 *
 *   <script src="/lws-common.js"></script>      in the head
 *   lws_gray_out(true, {'zindex':'499'});       while the page starts, and in the WebSocket's onclose
 *   lws_gray_out(false);                        in the WebSocket's onopen
 *
 * A classic script without dependencies. It makes no inline style or script, so it works under
 * `Content-Security-Policy: default-src 'self'`; it may be loaded twice and called at any time, from the
 * head too. It does not watch a connection by itself, and it leaves the keyboard to the page.
 */
(() => {
  if (typeof globalThis.lws_gray_out === 'function') return;

  const fadeMs = 160;
  /** A connection made quicker than this is not worth a word to a screen reader. */
  const announceAfterMs = 600;

  let dimmed = false;
  let announced = false;
  let announceTimer;
  /** Gives the body the aria-busy back that it had before ours; undefined while ours is not there. */
  let restoreBusy;

  /** Each option: its default, what is allowed, and how to read it (undefined: cannot be used). */
  const rules = {
    zindex: {
      fallback: 50,
      allowed: 'an integer of 32 bits',
      read: (value) => number(value, isInt32),
    },
    opacity: {
      fallback: 70,
      allowed: 'a number from 0 to 100',
      read: (value) => number(value, isPercent),
    },
    bgcolor: { fallback: '#000', allowed: 'a CSS colour', read: colour },
  };

  const overlay = document.createElement('div');
  overlay.id = 'lws-gray-out';
  Object.assign(overlay.style, {
    all: 'initial',
    position: 'fixed',
    inset: '0',
    display: 'none',
    cursor: 'progress',
    forcedColorAdjust: 'none',
  });

  const status = document.createElement('div');
  status.id = 'lws-gray-out-status';
  status.setAttribute('role', 'status');
  Object.assign(status.style, {
    all: 'initial',
    position: 'fixed',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  });

  /**
   * Dims the whole page, so that the pointer reaches nothing beneath, or makes it clear again.
   * Calling it again changes the options. A bad option is reported to the console and its default used.
   *
   * @param {boolean} dim true to dim, false to clear
   * @param {{ zindex?: number | string, opacity?: number | string, bgcolor?: string }} [options]
   *   `zindex`: what the page stacks higher stays usable, 50; `opacity`: of the dimming in percent, 70;
   *   `bgcolor`: any CSS colour, '#000'
   */
  function lws_gray_out(dim, options = {}) {
    if (dim) grayOut(readOptions(options ?? {}));
    else clear();
  }

  /**
   * The WebSocket URL of the server that the page came from: wss when the page came by https.
   *
   * @param {string} [extra] what stands behind the host's slash: a path, `?name=value`, or both
   */
  function get_appropriate_ws_url(extra = '') {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    return `${scheme}//${location.host}/${String(extra).replace(/^\/+/, '')}`;
  }

  function grayOut({ zindex, opacity, bgcolor }) {
    overlay.style.zIndex = String(zindex);
    overlay.style.opacity = String(opacity / 100);
    overlay.style.backgroundColor = bgcolor;
    const wasDimmed = dimmed;
    dimmed = true;
    whenBody(attach);
    if (wasDimmed) return;
    overlay.style.display = 'block';
    overlay.style.pointerEvents = 'auto';
    // A page that still loads starts dimmed: fading would show it clear first.
    if (document.readyState !== 'loading') fade(0, opacity / 100);
    clearTimeout(announceTimer);
    announceTimer = setTimeout(announce, announceAfterMs);
  }

  function clear() {
    if (!dimmed) return;
    dimmed = false;
    overlay.style.pointerEvents = 'none';
    const hide = () => {
      overlay.style.display = 'none';
    };
    const fading = fade(Number(overlay.style.opacity), 0);
    if (fading === undefined) hide();
    else fading.onfinish = hide;
    restoreBusy?.();
    restoreBusy = undefined;
    clearTimeout(announceTimer);
    if (announced) announce();
  }

  /** Beside the body, where no transform, filter, aria-busy or rewriting of the page reaches the parts. */
  function attach(body) {
    if (!overlay.isConnected) document.documentElement.append(overlay);
    if (!status.isConnected) document.documentElement.append(status);
    if (!dimmed || restoreBusy !== undefined) return;
    const own = body.getAttribute('aria-busy');
    body.setAttribute('aria-busy', 'true');
    restoreBusy = () => {
      if (own === null) body.removeAttribute('aria-busy');
      else body.setAttribute('aria-busy', own);
    };
  }

  /** Runs `run` with the body: now, or as soon as the parser has made it. */
  function whenBody(run) {
    if (document.body !== null) {
      run(document.body);
      return;
    }
    const observer = new MutationObserver(() => {
      if (document.body === null) return;
      observer.disconnect();
      run(document.body);
    });
    observer.observe(document.documentElement, { childList: true });
  }

  function announce() {
    announced = dimmed;
    status.textContent = dimmed ? 'Not connected to the server.' : 'Connected to the server.';
  }

  /** Undefined when there is nothing to wait for: the user wants less motion. */
  function fade(from, to) {
    for (const running of overlay.getAnimations()) running.cancel();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return undefined;
    return overlay.animate([{ opacity: from }, { opacity: to }], fadeMs);
  }

  function readOptions(given) {
    const read = {};
    for (const [name, rule] of Object.entries(rules)) {
      const value = given[name] === undefined ? rule.fallback : rule.read(given[name]);
      if (value === undefined) console.warn(`lws_gray_out: ${name} must be ${rule.allowed}`);
      read[name] = value ?? rule.fallback;
    }
    for (const name of Object.keys(given))
      if (!Object.hasOwn(rules, name)) console.warn(`lws_gray_out: unknown option ${name}`);
    return read;
  }

  /** Numbers may come as strings, as lws's pages write them. */
  function number(value, fits) {
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof read === 'number' && fits(read) ? read : undefined;
  }

  function isInt32(value) {
    return (value | 0) === value;
  }

  function isPercent(value) {
    return value >= 0 && value <= 100;
  }

  function colour(value) {
    return typeof value === 'string' && CSS.supports('color', value) ? value : undefined;
  }

  Object.assign(globalThis, { lws_gray_out, get_appropriate_ws_url });
})();
