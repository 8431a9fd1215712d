// Makes apps/test-server/candide.zip out of apps/test-server/candide: `node scripts/make-candide.mjs`.
// The same text gives the same bytes, as long as zlib is the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';
import { encodeGrayJpeg } from './jpeg-gray.mjs';

const home = new URL('../apps/test-server/', import.meta.url);
const DOS_TIME = 0;
const DOS_DATE = ((2026 - 1980) << 9) | (2 << 5) | 22;

/** What is in the archive: names, contents, and whether they are deflated. */
export function candideFiles() {
  const text = readFileSync(new URL('candide/candide.md', home), 'utf8');
  return [
    { name: 'candide.html', content: Buffer.from(pageOf(text)), deflate: true },
    { name: 'images/garden.jpg', content: encodeGrayJpeg(320, 200, garden), deflate: false },
    { name: 'images/ship.jpg', content: encodeGrayJpeg(320, 200, ship), deflate: false },
  ];
}

function pageOf(text) {
  const blocks = text.trim().split('\n\n').map(blockOf);
  const contents = [...text.matchAll(/^## (\d+)\. (.*)$/gm)].map(
    ([, number, title]) => `<li><a href="#chapter-${number}">${escaped(title)}</a></li>`,
  );
  const [title, note, ...chapters] = blocks;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    '<title>Candide, told again</title></head>',
    '<body>',
    title,
    note,
    '<p><img src="images/ship.jpg" width="320" height="200" alt="A ship on a rough sea"></p>',
    `<ol>\n${contents.join('\n')}\n</ol>`,
    ...chapters,
    '<p><img src="images/garden.jpg" width="320" height="200" alt="A garden below a low sun"></p>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function blockOf(block) {
  const chapter = /^## (\d+)\. (.*)$/.exec(block);
  if (chapter !== null)
    return `<h2 id="chapter-${chapter[1]}">${chapter[1]}. ${escaped(chapter[2])}</h2>`;
  return block.startsWith('# ')
    ? `<h1>${escaped(block.slice(2))}</h1>`
    : `<p>${escaped(block.replaceAll('\n', ' '))}</p>`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function garden(x, y) {
  const sun = Math.hypot(x - 230, y - 70) < 26;
  const hill = 110 + 14 * Math.sin(x / 38);
  if (y < hill) return sun ? 250 : 215 - y / 2;
  const depth = (y - hill) / (200 - hill);
  const row = Math.sin(((x - 160) / (8 + 40 * depth)) * Math.PI);
  return 90 + 45 * row - 30 * depth;
}

function ship(x, y) {
  const sea = 140 + 8 * Math.sin(x / 17) + 3 * Math.sin(x / 5);
  if (y > sea) return 70 + 25 * Math.sin((y - sea) / 4 + x / 9);
  const hull = y > 122 && Math.abs(x - 160) < 70 - (y - 122);
  const mast = Math.abs(x - 160) < 2 && y > 30;
  const sail = y > 40 && y < 112 && x > 166 && x - 166 < (y - 40) * 0.7;
  const jib = y > 50 && y < 112 && x < 154 && 154 - x < (y - 50) * 0.6;
  if (hull || mast) return 40;
  return sail || jib ? 240 : 150 + y / 4;
}

/** One archive of these files; `deflate: false` stores. */
function zipOf(files) {
  const parts = [];
  const records = [];
  let offset = 0;
  for (const { name, content, deflate } of files) {
    const path = Buffer.from(name);
    const data = deflate ? deflateRawSync(content, { level: 9 }) : content;
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(deflate ? 8 : 0, 4);
    facts.writeUInt16LE(DOS_TIME, 6);
    facts.writeUInt16LE(DOS_DATE, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(path.length, 22);
    const record = Buffer.alloc(14);
    record.writeUInt32LE(0o100644 * 0x10000, 6);
    record.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, path, data]);
    records.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), facts, record, path);
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('candide.zip', home), zipOf(candideFiles()));
