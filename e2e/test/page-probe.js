/** Runs in each page before its own scripts: answers what the tests ask of it. Typed in page-probe.ts. */
(() => {
  function overlay() {
    return document.getElementById('lws-gray-out');
  }

  /** The whole page is dimmed, and the pointer reaches nothing of it. */
  function isDim() {
    const over = overlay();
    if (over === null || document.body === null) return false;
    const places = [
      [1, 1],
      [innerWidth / 2, innerHeight / 2],
      [innerWidth - 2, innerHeight - 2],
    ];
    return (
      Number(getComputedStyle(over).opacity) > 0.6 &&
      places.every(([x, y]) => document.elementFromPoint(x, y) === over)
    );
  }

  /** Nothing lies over the page. */
  function isClear() {
    const over = overlay();
    return document.body !== null && (over === null || getComputedStyle(over).display === 'none');
  }

  function overlayStyle() {
    const { zIndex, opacity, backgroundColor, position } = getComputedStyle(overlay());
    return { zIndex, opacity, backgroundColor, position };
  }

  function counted() {
    return Number(document.querySelector('#counter-value').textContent);
  }

  /** Read from a copy: the drawing itself is not made for being read. */
  function pixels() {
    const { width, height } = document.querySelector('#mirror-canvas');
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(document.querySelector('#mirror-canvas'), 0, 0);
    return copy.getImageData(0, 0, width, height).data;
  }

  /** Draws lines to and fro with the arrow keys, all at once. */
  function drawAtOnce(lines) {
    const canvas = document.querySelector('#mirror-canvas');
    for (let at = 0; at < lines; at++) {
      const key = at % 20 < 10 ? 'ArrowRight' : 'ArrowLeft';
      canvas.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
    }
  }

  /** How many pixels of the drawing are not bare, and a digest of it: one picture has one digest. */
  async function picture() {
    const data = pixels();
    let ink = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) ink++;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
    return { ink, digest: digest.join(' ') };
  }

  /** How many pixels of the drawing have exactly that colour. */
  function inked([red, green, blue]) {
    const data = pixels();
    let found = 0;
    for (let at = 0; at < data.length; at += 4)
      if (
        data[at] === red &&
        data[at + 1] === green &&
        data[at + 2] === blue &&
        data[at + 3] === 255
      )
        found++;
    return found;
  }

  /** Every text that stands out less than `least` to 1 from what is behind it (WCAG 2.2, 1.4.3). */
  function faintTexts(least) {
    const faint = [];
    for (const element of document.body.querySelectorAll('*')) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '',
      );
      const off = element.closest('[aria-disabled="true"], [hidden], noscript') !== null;
      const { clipPath } = getComputedStyle(element);
      const shown = element.getClientRects().length > 0 && clipPath === 'none';
      if (!own || off || !shown) continue;
      const ratio = contrast(rgb(getComputedStyle(element).color), backdrop(element));
      if (ratio < least) faint.push(`${element.textContent.trim()}: ${ratio.toFixed(2)}`);
    }
    return faint;
  }

  function backdrop(element) {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  }

  function rgb(text) {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return [red, green, blue, alpha];
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function luminance(colour) {
    const [red, green, blue] = colour
      .slice(0, 3)
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  /** Nothing is focused, and the page shows its top. */
  function rest() {
    document.activeElement?.blur();
    scrollTo(0, 0);
  }

  /** How far the page is wider than its window, in CSS pixels. */
  function overhang() {
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  }

  globalThis.pageProbe = {
    isDim,
    isClear,
    overlayStyle,
    counted,
    picture,
    inked,
    drawAtOnce,
    rest,
    faintTexts,
    overhang,
  };
})();
